// What goes wrong at a vendor in a storm: each request meets a fault or none, as the seed has it for its route and number.
import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from '../fakes/cloud/cloud-faults.ts';
import { refused, unprocessable, type World } from '../fakes/cloud/digitalocean-world.ts';
import type { FakeOvh } from '../fakes/cloud/ovh.ts';
import { createChoice, hash32, mulberry32 } from '../fakes/seeded-random.ts';

/** Of two hundred requests. */
const choose = createChoice([
  [6, 'unavailable'],
  [4, 'cut before'],
  [6, 'cut after'],
  [6, 'slow before'],
  [6, 'slow after'],
  [1, 'limited'],
  [10, 'own'],
  [161, 'none'],
] as const);
const REST_S = 1;
const ROOM_AGAIN_MS = 2_000;

/** `own` is what only this vendor does: some of it an answer, some of it something in its world. */
export type OwnFaults = (route: string, random: () => number) => Fault | undefined;

/** What is sold out, the limits of an account, and actions that end without success, of which it says no more. */
export function digitalOceanFaults(world: World): OwnFaults {
  return (route, random) => {
    if (route === 'POST /v2/droplets') {
      const isSoldOut = random() < 0.5;
      const message = isSoldOut ? 'Size is not available in this region.' : 'this will exceed your droplet limit';
      return { kind: 'answer', ...unprocessable(message) };
    }
    if (route === 'POST /v2/volumes')
      return { kind: 'answer', ...refused(403, 'forbidden', 'volume limit (100) has been reached.') };
    if (route === 'POST /v2/droplets/{droplet_id}/actions')
      world.failing.push(['power_on', 'shutdown', 'snapshot'][Math.floor(random() * 3)] ?? 'shutdown');
    return undefined;
  };
}

/** What the vendor's document does not allow, and its server does: the answer to a create without an id. */
export const STRANGE_ON_PURPOSE = /instance 200: must have required property 'id'$/;

/** Machines for which there is no room after all, and orders of which the answer does not say what was made. */
export function ovhFaults({ quirks, goods }: Pick<FakeOvh, 'quirks' | 'goods'>): OwnFaults {
  return (route, random) => {
    if (route !== 'POST /cloud/project/{serviceName}/instance') return undefined;
    if (random() < 0.5) {
      quirks.createAnswer = random() < 0.5 ? 'without id' : 'least';
      return undefined;
    }
    for (const region of goods.regions.keys()) quirks.noRoom.add(region);
    setTimeout(() => quirks.noRoom.clear(), ROOM_AGAIN_MS).unref();
    return undefined;
  };
}

export function createVendorFaults(seed: number, own: OwnFaults): (route: string) => Fault | undefined {
  const counted = new Map<string, number>();
  return (route) => {
    const number = (counted.get(route) ?? 0) + 1;
    counted.set(route, number);
    const random = mulberry32(hash32(seed, route, number));
    const kind = choose(random);
    const wait = async (): Promise<void> => void (await delay(100 + random() * 400));
    switch (kind) {
      case 'unavailable':
        return { kind: 'answer', status: 503, body: {} };
      case 'limited':
        return { kind: 'answer', status: 429, headers: { 'retry-after': String(REST_S) }, body: {} };
      case 'cut before':
        return { kind: 'cut', when: 'before' };
      case 'cut after':
        return { kind: 'cut', when: 'after' };
      case 'slow before':
        return { kind: 'slow', when: 'before', until: wait };
      case 'slow after':
        return { kind: 'slow', when: 'after', until: wait };
      case 'own':
        return own(route, random);
      default:
        return undefined;
    }
  };
}
