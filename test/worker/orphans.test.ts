// Instances that no box owns: removed after two looks and a grace period, only our own, never many, never on a doubtful list.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { instanceName, type Provider } from '../../src/providers/provider.ts';
import { newId } from '../../src/store/ids.ts';
import { listOrphans } from '../../src/store/instances.ts';
import { makeBoxSpec, makeHostKey } from '../contracts/provider-spec.ts';
import { openTestHouse, type TestHouse, UNREPAIRED } from '../support/house.ts';
import { lookRound } from './round.ts';

const INSTALL = 'faultlab';
const BOXES = 12;
const signal = new AbortController().signal;
const hostKey = makeHostKey();

let house: TestHouse;
let provider: Provider;
beforeAll(async () => {
  house = await openTestHouse({ timings: UNREPAIRED, traits: { longestCreateMs: 0 } });
  provider = house.cloud.provider();
  await house.say('ana', 'list');
  await house.sql(`UPDATE accounts SET tier = 'unlimited' WHERE name = 'ana'`);
  await Promise.all(Array.from({ length: BOXES }, (_, index) => house.say('ana', `spinup box-${index}`)));
});
afterEach(async () => {
  const owned = await house.sql<{ id: string }>('SELECT id FROM boxes');
  for (const instance of house.cloud.ledger.instances()) {
    if (!owned.some((box) => box.id === instance.boxId)) house.cloud.vanish(instance.instanceName);
  }
  await house.sql('DELETE FROM orphans');
});
afterAll(() => house.close());

/** Somebody made it with our tags, and no row knows it. */
async function stray(installId = INSTALL, boxId = newId(), incarnation = 1): Promise<string> {
  const name = instanceName(installId, boxId, incarnation);
  const spec = { ...makeBoxSpec({ installId, boxName: 'stray', hostKey, sshPort: undefined }), boxId, incarnation };
  await provider.ensureHome({ ...spec, instanceName: name }, { signal });
  await provider.create({ ...spec, instanceName: name }, { signal });
  return name;
}
const exists = (name: string) => house.cloud.ledger.instances().some((instance) => instance.instanceName === name);
const looks = async (times: number, orphanGraceMs = 0) => {
  for (let look = 0; look < times; look++) await lookRound(house, { orphanGraceMs });
};
/** Looks that are answered with a list that seems certain and holds nothing; every one of them, whatever was asked before. */
const emptyLooks = async (times: number) => {
  const providers = new Map([[provider.name, { ...provider, list: async () => [] }]]);
  for (let look = 0; look < times; look++) await lookRound(house, { providers });
};
const listed = async () => (await listOrphans(house.services.db.tx)).map(({ name }) => name);
const ofBoxes = () => house.cloud.ledger.instances().filter(({ installId }) => installId === INSTALL).length;

describe('an unknown instance with our tag', () => {
  test('is removed at the second look, not at the first', async () => {
    const name = await stray();
    await looks(1);
    expect(exists(name)).toBe(true);
    await looks(1);
    expect(exists(name)).toBe(false);
    expect(ofBoxes()).toBe(BOXES);
  });

  test('is shown to operators from the first look until it is removed, not until the look after that', async () => {
    const name = await stray();
    await looks(1);
    expect(await listed()).toEqual([name]);
    await looks(1);
    expect(exists(name)).toBe(false);
    expect(await listed()).toEqual([]);
  });

  test('is shown again when a look after its removal still finds it', async () => {
    const boxId = newId();
    const name = await stray(INSTALL, boxId);
    await looks(2);
    expect(await stray(INSTALL, boxId)).toBe(name);
    await looks(1, 3_600_000);
    expect(exists(name)).toBe(true);
    expect(await listed()).toEqual([name]);
  });

  test('is left alone until its grace period is over, however often it is seen', async () => {
    const name = await stray();
    await looks(5, 3_600_000);
    expect(exists(name)).toBe(true);
    await house.sql(`UPDATE orphans SET first_seen_at = now() - interval '61 minutes'`);
    await looks(1, 3_600_000);
    expect(exists(name)).toBe(false);
  });

  test('is not removed by two looks closer together than looks must be', async () => {
    const name = await stray();
    // As when one process ends and the next one looks at once.
    const hasty = { orphanGraceMs: 0, looksApartMs: 15_000 };
    for (let look = 0; look < 4; look++) await lookRound(house, hasty);
    expect(exists(name)).toBe(true);
    await house.sql(`UPDATE orphans SET first_seen_at = now() - interval '15 s'`);
    await lookRound(house, hasty);
    expect(exists(name)).toBe(false);
  });

  test('starts anew when a look did not find it', async () => {
    const name = await stray();
    await looks(1);
    await emptyLooks(1);
    await looks(1);
    expect(exists(name)).toBe(true);
    await looks(1);
    expect(exists(name)).toBe(false);
  });
});

describe('nothing is removed', () => {
  test('of another installation, of a human, or of a box', async () => {
    const theirs = await stray('others01');
    house.cloud.plant('somebodys-machine');
    await looks(4);
    expect(exists(theirs)).toBe(true);
    expect(exists('somebodys-machine')).toBe(true);
    expect(ofBoxes()).toBe(BOXES);
  });

  test('when more than a tenth of what exists is unknown', async () => {
    const names = [await stray(), await stray()];
    await looks(4);
    expect(names.map(exists)).toEqual([true, true]);
    house.cloud.vanish(names[0] ?? '');
    await looks(2);
    expect(names.map(exists)).toEqual([false, false]);
  });

  test('when the list fails', async () => {
    const name = await stray();
    await looks(1);
    house.cloud.failNext('list', 'unavailable', 3);
    await looks(3);
    expect(exists(name)).toBe(true);
    expect(ofBoxes()).toBe(BOXES + 1);
  });

  test('when the list is empty', async () => {
    await emptyLooks(4);
    expect(ofBoxes()).toBe(BOXES);
  });
});

describe('what a late call of a lost worker made', () => {
  test('for a box that has gone on is removed after two looks, without a grace period', async () => {
    const [box] = await house.sql<{ id: string }>(`SELECT id FROM boxes WHERE name = 'box-3'`);
    const id = box?.id ?? '';
    await house.sql(`INSERT INTO instances (id, box_id, incarnation, name) VALUES (gen_random_uuid(), $1, 7, $2)`, [
      id,
      instanceName(INSTALL, id, 7),
    ]);
    const late = await stray(INSTALL, id, 7);
    await looks(1, 3_600_000);
    expect(exists(late)).toBe(true);
    await looks(1, 3_600_000);
    expect(exists(late)).toBe(false);
    expect(exists(instanceName(INSTALL, id, 1))).toBe(true);
  });

  test('for a destroyed box is removed, and its home with it', async () => {
    const [box] = await house.sql<{ id: string }>(`SELECT id FROM boxes WHERE name = 'box-5'`);
    const id = box?.id ?? '';
    await house.say('ana', 'destroy box-5 --yes');
    const late = await stray(INSTALL, id, 1);
    await looks(3, 0);
    expect(exists(late)).toBe(false);
    expect(house.cloud.ledger.homes().some((home) => home.boxId === id)).toBe(false);
  });
});
