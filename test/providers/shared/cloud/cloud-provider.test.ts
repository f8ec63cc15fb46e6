// Boxes in clouds whose lists lag, that do not say what they did, and that have many boxes.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Provider } from '../../../../src/providers/provider.ts';
import { cloudProviderFor } from '../../../contracts/cloud-subject.ts';
import { makeBoxSpec, makeHostKey } from '../../../contracts/provider-spec.ts';
import { digitalOceanUnderTest } from '../../digitalocean/under-test.ts';

let under: Awaited<ReturnType<typeof digitalOceanUnderTest>>;
let opened: { provider: Provider; shells: { close(): void } }[];
const key = makeHostKey();
const context = () => ({ signal: AbortSignal.timeout(30_000) });
/** A driver as every process has one. */
function driver(): Provider {
  const made = cloudProviderFor(under, key);
  opened.push(made);
  return made.provider;
}

beforeEach(async () => {
  under = await digitalOceanUnderTest('keep');
  opened = [];
});
afterEach(async () => {
  for (const { shells } of opened) shells.close();
  under.assertClean();
  await under.close();
});

test('a machine whose making nobody confirmed is adopted, also while lists lag by a minute', async () => {
  const provider = driver();
  const box = makeBoxSpec({ installId: under.installId });
  under.fake.world.lag.set(60_000);
  await provider.ensureHome(box, context());
  under.fake.faults.next('POST /v2/droplets', { kind: 'cut', when: 'after' });
  const view = await provider.create(box, context());
  expect(view.running).toBe(true);
  expect(await provider.inspect(box, context())).toMatchObject({ ref: view.ref, running: true });
  expect(under.machines(under.installId)).toEqual([box.instanceName]);
  expect(under.homes(under.installId)).toEqual([box.boxId]);
});

test('whoever waits reads that the vendor asks for a pause, and for how long', async () => {
  const provider = driver();
  const box = await homeOf(provider);
  const over = new AbortController();
  const { promise: told, resolve: tell } = Promise.withResolvers<string>();
  const tooMany = {
    status: 429,
    headers: { 'retry-after': '40' },
    body: { id: 'too_many_requests', message: 'Slow.' },
  };
  under.fake.faults.next('GET /v2/droplets', { kind: 'answer', ...tooMany });
  const making = provider.create(box, {
    signal: over.signal,
    note: (phrase) => phrase.includes('DigitalOcean') && tell(phrase),
  });
  expect(await told).toMatch(/^DigitalOcean lets us ask again in [45]0 s$/);
  expect(provider.slowed?.()).toBe(true);
  over.abort();
  await expect(making).rejects.toMatchObject({ code: 'timeout' });
});

test('a thousand boxes are listed, and looked after, with ten calls', async () => {
  const provider = driver();
  await provider.create(await homeOf(provider), context());
  const [like] = under.fake.world.droplets.values();
  if (like === undefined) throw new Error('no droplet');
  for (let count = 1; count < 1000; count++) {
    const { boxId, instanceName } = makeBoxSpec({ installId: under.installId });
    const id = under.fake.world.nextId();
    const tags = like.tags.map((tag) => (tag.startsWith('sb-box-') ? `sb-box-${boxId}` : tag));
    under.fake.world.droplets.set(id, { ...like, id, name: instanceName, tags });
  }
  await provider.list(under.installId, context());
  const before = under.fake.requests.length;
  await provider.protect(context());
  expect(await provider.list(under.installId, context())).toHaveLength(1000);
  expect(under.fake.requests.length - before).toBeLessThanOrEqual(10);
});

test('looks at what boxes do ask for no list of their own where one was seen a moment before', async () => {
  const provider = driver();
  const box = await homeOf(provider);
  await provider.create(box, context());
  const lists = () => under.fake.requests.filter(({ route }) => route === 'GET /v2/droplets').length;
  const unlisted = lists();
  await provider.list(under.installId, context());
  const before = lists();
  expect(before).toBeGreaterThan(unlisted);
  for (let slot = 0; slot < 12; slot++)
    expect([...(await provider.observe([box], context())).keys()]).toEqual([box.boxId]);
  expect(lists()).toBe(before);
  // What was done to it since is not overlooked.
  await provider.stop(box, context());
  expect((await provider.observe([box], context())).size).toBe(0);
  await provider.start(box, context());
  expect((await provider.observe([box], context())).size).toBe(1);
});

test('a region that was asked for and is full is said to be, with those that are not, and no other is taken', async () => {
  const provider = driver();
  under.fake.world.soldOut.add('ams3').add('nyc3');
  const box = makeBoxSpec({ installId: under.installId, region: 'ams3' });
  const refused = provider.ensureHome(box, context());
  await expect(refused).rejects.toMatchObject({
    code: 'sold_out',
    message: 'ams3 at DigitalOcean has no machine with 1 vCPU and 512 MiB now.',
    remedy: 'These have one: fra1. Destroy this box, and make it there.',
    remedyFor: 'everybody',
  });
  expect(under.homes(under.installId)).toEqual([]);
  const { region } = await provider.ensureHome({ ...box, region: undefined }, context());
  expect(region).toBe('fra1');
});

test('a region that has to be asked for is never taken unasked', async () => {
  const provider = driver();
  under.fake.world.soldOut.add('fra1').add('ams3');
  const box = makeBoxSpec({ installId: under.installId });
  await expect(provider.ensureHome(box, context())).rejects.toMatchObject({ code: 'sold_out' });
  expect(await provider.ensureHome({ ...box, region: 'nyc3' }, context())).toMatchObject({ region: 'nyc3' });
});

test('whoever took away the firewall and the key: a box that was put away starts with them', async () => {
  const away = await digitalOceanUnderTest('release');
  const { provider, shells } = cloudProviderFor(away, key);
  try {
    const box = makeBoxSpec({ installId: away.installId });
    await provider.ensureHome(box, context());
    await provider.create(box, context());
    await provider.stop(box, context());
    const { firewalls, keys } = away.fake.world;
    firewalls.clear();
    keys.clear();
    expect(await provider.start(box, context())).toMatchObject({ running: true });
    expect([firewalls.size, keys.size]).toEqual([1, 1]);
  } finally {
    shells.close();
    await away.close();
  }
});

async function homeOf(provider: Provider) {
  const box = makeBoxSpec({ installId: under.installId });
  await provider.ensureHome(box, context());
  return box;
}

test('what the installation has as a whole goes with its last box, also where a round of another process puts it back', async () => {
  const [looks, works] = [driver(), driver()];
  const box = await homeOf(works);
  await works.create(box, context());
  const round = async () => {
    await looks.protect(context());
    await looks.list(under.installId, context());
  };
  await round();
  await works.destroy(box, context());
  await works.destroyHome(box, context());
  const { firewalls, keys } = under.fake.world;
  expect([firewalls.size, keys.size]).toEqual([0, 0]);
  for (const _ of [1, 2, 3]) await round();
  expect([firewalls.size, keys.size]).toEqual([0, 0]);
});
