// One box of a live test at a cloud that costs money: made, logged in to, kept as a snapshot and taken away again, under a spending limit.
import { setTimeout as delay } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import { expect } from 'vitest';
import { priceOf, priceText } from '../../src/boxes/prices.ts';
import { DEFAULT_SIZES, resourcesOf } from '../../src/boxes/sizes.ts';
import { createLogger } from '../../src/log.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { type BoxShells, createBoxShells } from '../../src/providers/shared/box-shells.ts';
import { BOX_USER } from '../../src/providers/shared/box-system.ts';
import type { Cloud } from '../../src/providers/shared/cloud/cloud.ts';
import { createCloudHoldings } from '../../src/providers/shared/cloud/cloud-holdings.ts';
import { createCloudProvider } from '../../src/providers/shared/cloud/cloud-provider.ts';
import type { KeyPair } from '../../src/secret.ts';
import { makeBoxSpec, makeHostKey } from '../contracts/provider-spec.ts';

/** Always the same, so that a run takes away what one before it left that was killed. Two at a time in one account get in each other's way. */
export const LIVE_INSTALL = 'livetest';
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const WORK_MS = 20 * MINUTE_MS;
const CLEAN_MS = 10 * MINUTE_MS;
/** Of it all, what lists lag by included. */
export const LONGEST_MS = WORK_MS + 2 * CLEAN_MS + 2 * MINUTE_MS;
/** In the vendor's currency. */
const MOST_COST = 0.25;
/** The snapshot, traffic and tax are not in the price of a box. */
const MARGIN = 2;
/** What every vendor sells; OVH has no smaller volumes. */
const SMALLEST = { ...DEFAULT_SIZES.small, cpus: 1, memoryMiB: 1024, homeGiB: 10 };

export interface LiveCloud {
  /** Opened for `LIVE_INSTALL` and the public half of `key`. */
  cloud: Cloud;
  key: KeyPair;
  sshPort?: number | undefined;
  mostCost?: number | undefined;
}

/** Rejects when something is not as it should be; what it made is gone then as well, or the rejection says that it is not. */
export async function tryLiveBox({ cloud, key, sshPort = 22, mostCost = MOST_COST }: LiveCloud): Promise<void> {
  const logger = createLogger({ level: 'silent', secrets: [] });
  using shells = closing(createBoxShells({ user: BOX_USER.name, privateKey: key.privateKey }));
  const controlKey = key.publicKey;
  const provider = createCloudProvider({ cloud, installId: LIVE_INSTALL, shells, controlKey, sshPort, logger });
  const context = { signal: AbortSignal.timeout(WORK_MS) };
  await stayWithin(mostCost, provider, context.signal);
  await using _ = { [Symbol.asyncDispose]: () => clean(cloud) };
  await takeAway(cloud);

  expect((await provider.check(context)).findings.filter(({ ok }) => !ok)).toEqual([]);
  const person = makeHostKey();
  const resources = resourcesOf(SMALLEST);
  const box = makeBoxSpec({ installId: LIVE_INSTALL, resources, authorizedKeys: [person.publicKey] });
  await provider.prepare(context);
  await provider.ensureHome(box, context);
  const instance = await provider.create(box, context);
  const endpoint = await provider.reach(box, instance, context);
  expect(await saidTo(person, { endpoint, hostPublicKey: box.hostKey.publicKey }, context.signal)).toBe('hello\n');

  const snapshotId = uuidv7();
  await provider.snapshotHome(box, snapshotId, context);
  expect((await provider.snapshots(LIVE_INSTALL, context)).map((one) => one.snapshotId)).toEqual([snapshotId]);

  await provider.destroy(box, context);
  expect(await provider.inspect(box, context)).toBeUndefined();
  await provider.destroySnapshot({ installId: LIVE_INSTALL, snapshotId }, context);
  await provider.destroyHome(box, context);
}

/** By the vendor's own prices, before anything is made. */
async function stayWithin(mostCost: number, provider: Provider, signal: AbortSignal): Promise<void> {
  const prices = await provider.prices?.({ signal });
  const price = prices && priceOf(prices, SMALLEST);
  if (price === undefined) throw new Error(`${provider.title} does not say what the smallest machine costs.`);
  const cost = price.hourly * Math.ceil(LONGEST_MS / HOUR_MS) * MARGIN;
  if (cost > mostCost)
    throw new Error(
      `A live test at ${provider.title} may cost ${cost.toFixed(2)} ${price.currency} (${priceText(price)}); the limit is ${mostCost}.`,
    );
}

/** As the person whose key opens the box. */
async function saidTo(person: KeyPair, at: Parameters<BoxShells['run']>[0], signal: AbortSignal): Promise<string> {
  using shells = closing(createBoxShells({ user: BOX_USER.name, privateKey: person.privateKey }));
  const said: Buffer[] = [];
  const ended = await shells.run(at, 'echo hello </dev/null', { output: (data) => void said.push(data), signal });
  expect(ended).toEqual({ status: 0 });
  return Buffer.concat(said).toString();
}

const closing = (shells: BoxShells): BoxShells & Disposable => ({ ...shells, [Symbol.dispose]: () => shells.close() });

/** Twice: what was made last may come to light only when lists have caught up. */
async function clean(cloud: Cloud): Promise<void> {
  const lookAt = `Look at ${cloud.title}, it costs: the live test`;
  const left = await takeAway(cloud)
    .then(() => delay(cloud.listLagMs))
    .then(() => takeAway(cloud))
    .catch((cause: unknown) => {
      throw new Error(`${lookAt} may have left something that begins with sb-${LIVE_INSTALL}.`, { cause });
    });
  if (left.length > 0) throw new Error(`${lookAt} left ${left.join(', ')} behind.`);
}

/** All that is marked as the live test's; what is left of it. */
async function takeAway(cloud: Cloud): Promise<string[]> {
  const context = { signal: AbortSignal.timeout(CLEAN_MS) };
  const holdings = createCloudHoldings(cloud, LIVE_INSTALL);
  await holdings.remove({ keepHomes: false }, context);
  return (await holdings.list(context)).map(({ kind, name }) => `${kind} ${name}`);
}
