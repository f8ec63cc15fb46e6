// DigitalOcean for tests: its API on loopback with state of its own, held against the vendor's document where that is there.
import { accountHandlers } from './digitalocean-account.ts';
import { dropletHandlers } from './digitalocean-droplets.ts';
import { storageHandlers } from './digitalocean-storage.ts';
import { createWorld, refused, type World, type WorldOptions } from './digitalocean-world.ts';
import { loadOpenApi } from './openapi-document.ts';
import { type CloudHandler, type CloudServer, openCloudServer } from './openapi-server.ts';

export interface FakeDigitalOcean extends CloudServer {
  readonly world: World;
  /** All that it answers, which is all that the driver asks: anything else would be a violation. */
  readonly routes: readonly string[];
}

export const FAKE_TOKEN = 'dop_v1_of_these_tests';
const REQUEST_LIMIT = 5000;
const HOUR_S = 3600;

export async function openDigitalOcean(options: WorldOptions = {}): Promise<FakeDigitalOcean> {
  const world = createWorld(options);
  const all = { ...dropletHandlers(world), ...storageHandlers(world), ...accountHandlers(world) };
  /** What was begun earlier is done before anything else is looked at. */
  const settled =
    (handler: CloudHandler): CloudHandler =>
    async (request) => {
      await world.settle();
      return await handler(request);
    };
  const { requestLimit = REQUEST_LIMIT } = options;
  let asked = 0;
  const server = await openCloudServer({
    document: loadOpenApi('digitalocean'),
    handlers: Object.fromEntries(Object.entries(all).map(([route, handler]) => [route, settled(handler)])),
    authorize: ({ headers }) =>
      headers.authorization === `Bearer ${FAKE_TOKEN}`
        ? undefined
        : refused(401, 'unauthorized', 'Unable to authenticate you'),
    headers: () => ({
      'ratelimit-limit': String(requestLimit),
      'ratelimit-remaining': String(requestLimit - (++asked % requestLimit)),
      'ratelimit-reset': String(Math.floor(world.nowMs() / 1000) + HOUR_S),
    }),
  });
  return { ...server, world, routes: Object.keys(all) };
}
