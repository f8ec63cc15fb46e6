// Instances that no box owns: our own are removed after two looks, never many, never on a doubtful list; others wait for an operator.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { instanceName } from '../../src/providers/names.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { newId } from '../../src/store/ids.ts';
import { askOrphansGone, listOrphans } from '../../src/store/instances.ts';
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
    const isOwn = owned.some((box) => box.id === instance.boxId) && instance.incarnation === 1;
    if (!isOwn) house.cloud.vanish(instance.instanceName);
  }
  await house.sql('DELETE FROM orphans');
});
afterAll(() => house.close());

/** Of a box that is older than the database. */
const longAgo = () => `0188aaaa-0000-7${newId().slice(15)}`;

/** Somebody made it with our tags, and no row knows it. */
async function stray(installId = INSTALL, boxId = longAgo(), incarnation = 1): Promise<string> {
  const name = instanceName(installId, boxId, incarnation);
  const spec = { ...makeBoxSpec({ installId, boxName: 'stray', hostKey, sshPort: undefined }), boxId, incarnation };
  await provider.ensureHome({ ...spec, instanceName: name }, { signal });
  await provider.create({ ...spec, instanceName: name }, { signal });
  return name;
}
const exists = (name: string) => house.cloud.ledger.instances().some((instance) => instance.instanceName === name);
const looks = async (times: number) => {
  for (let look = 0; look < times; look++) await lookRound(house);
};
/** Looks that are answered with a list that seems certain and holds nothing; every one of them, whatever was asked before. */
const emptyLooks = async (times: number) => {
  const providers = new Map([[provider.name, { ...provider, list: async () => [] }]]);
  for (let look = 0; look < times; look++) await lookRound(house, { providers });
};
const listed = async () => (await listOrphans(house.services.db.tx)).map(({ name }) => name);
const ofBoxes = () => house.cloud.ledger.instances().filter(({ installId }) => installId === INSTALL).length;

/** Of a box that lives: an incarnation that was written down, made by a late call, and left behind. */
async function leftover(box: string, incarnation: number): Promise<string> {
  const [{ id } = { id: '' }] = await house.sql<{ id: string }>('SELECT id FROM boxes WHERE name = $1', [box]);
  await house.sql(
    `INSERT INTO instances (id, box_id, incarnation, name) VALUES (gen_random_uuid(), $1, $2, $3) ON CONFLICT DO NOTHING`,
    [id, incarnation, instanceName(INSTALL, id, incarnation)],
  );
  return stray(INSTALL, id, incarnation);
}

describe('an instance that was written down and left behind', () => {
  test('is removed at the second look, not at the first', async () => {
    const name = await leftover('box-0', 0);
    await looks(1);
    expect(exists(name)).toBe(true);
    await looks(1);
    expect(exists(name)).toBe(false);
    expect(ofBoxes()).toBe(BOXES);
  });

  test('whose removal hangs keeps neither another one nor boxes that may have vanished from being looked after', async () => {
    const [hanging, other] = [await leftover('box-0', 0), await leftover('box-1', 0)];
    const [{ id } = { id: '' }] = await house.sql<{ id: string }>(`SELECT id FROM boxes WHERE name = 'box-2'`);
    const missed = instanceName(INSTALL, id, 1);
    const inspected: string[] = [];
    const providers = new Map<string, Provider>([
      [
        provider.name,
        {
          ...provider,
          list: async (...asked) =>
            (await provider.list(...asked))
              .filter(({ instanceName: name }) => name !== missed)
              .sort((one) => (one.instanceName === hanging ? -1 : 1)),
          destroy: (box, context) =>
            box.instanceName === hanging
              ? new Promise((_, reject) => {
                  context.signal.addEventListener('abort', () => reject(new Error('gave up')));
                })
              : provider.destroy(box, context),
          inspect(box, context) {
            inspected.push(box.instanceName);
            return provider.inspect(box, context);
          },
        },
      ],
    ]);
    for (let look = 0; look < 2; look++) await lookRound(house, { providers, removeMs: 50 });
    expect([exists(hanging), exists(other)]).toEqual([true, false]);
    expect(inspected).toEqual([missed, missed]);
  });

  test('is shown to operators from the first look until it is removed, not until the look after that', async () => {
    const name = await leftover('box-0', 0);
    await looks(1);
    expect(await listed()).toEqual([name]);
    await looks(1);
    expect(exists(name)).toBe(false);
    expect(await listed()).toEqual([]);
  });

  test('is shown again when a look after its removal still finds it', async () => {
    const name = await leftover('box-0', 0);
    await looks(2);
    expect(await leftover('box-0', 0)).toBe(name);
    await looks(1);
    expect(exists(name)).toBe(true);
    expect(await listed()).toEqual([name]);
  });

  test('is not removed by two looks closer together than looks must be', async () => {
    const name = await leftover('box-0', 0);
    // As when one process ends and the next one looks at once.
    const hasty = { looksApartMs: 15_000 };
    for (let look = 0; look < 4; look++) await lookRound(house, hasty);
    expect(exists(name)).toBe(true);
    await house.sql(`UPDATE orphans SET first_seen_at = now() - interval '15 s'`);
    await lookRound(house, hasty);
    expect(exists(name)).toBe(false);
  });

  test('starts anew when a look did not find it', async () => {
    const name = await leftover('box-0', 0);
    await looks(1);
    await emptyLooks(1);
    await looks(1);
    expect(exists(name)).toBe(true);
    await looks(1);
    expect(exists(name)).toBe(false);
  });

  test('that cannot be removed keeps no other from being removed', async () => {
    const names = [await leftover('box-0', 0), await leftover('box-1', 0)];
    await looks(1);
    house.cloud.failNext('destroy', 'unavailable');
    await looks(1);
    expect(names.map(exists).filter(Boolean)).toHaveLength(1);
    await looks(1);
    expect(names.map(exists)).toEqual([false, false]);
  });

  test('stays with its like when more than a few and more than a tenth would go, until an operator has looked', async () => {
    const names = await Promise.all([0, 1, 2, 3, 4, 5, 6].map((box) => leftover(`box-${box}`, 0)));
    await looks(4);
    expect(names.map(exists)).not.toContain(false);
    expect(await house.sql(`SELECT 1 FROM settings WHERE key = 'quarantine'`)).toEqual([]);
    await askOrphansGone(house.services.db.tx, names.slice(0, 1));
    await looks(1);
    expect(names.map(exists)).toEqual([false, true, true, true, true, true, true]);
    await askOrphansGone(house.services.db.tx, names.slice(1));
    await looks(1);
    expect(names.map(exists)).not.toContain(true);
  });
});

describe('an instance with our tag that nobody here wrote down', () => {
  test('is never removed by itself, and does not stop the house when it is older than the database', async () => {
    const name = await stray();
    await looks(5);
    expect(exists(name)).toBe(true);
    expect(await listed()).toEqual([name]);
    expect(await house.sql(`SELECT 1 FROM settings WHERE key = 'quarantine'`)).toEqual([]);
  });

  test('is removed when an operator says so', async () => {
    const name = await stray();
    await looks(1);
    await house.sql(`UPDATE accounts SET admin = true WHERE name = 'ana'`);
    const asked = await house.say('ana', `admin orphans --remove ${name}`);
    expect(asked).toContain('Nothing is done yet');
    await looks(1);
    expect(exists(name)).toBe(true);
    await house.say('ana', /confirm \w+/.exec(asked)?.[0] ?? '');
    await looks(1);
    expect(exists(name)).toBe(false);
    expect(ofBoxes()).toBe(BOXES);
  });

  test('stays when its name and its tags do not agree, whatever our books say about the name', async () => {
    const [{ id } = { id: '' }] = await house.sql<{ id: string }>(`SELECT id FROM boxes WHERE name = 'box-1'`);
    const name = await leftover('box-0', 0);
    const providers = new Map([
      [
        provider.name,
        {
          ...provider,
          list: async (installId: string, context: { signal: AbortSignal }) =>
            (await provider.list(installId, context)).map((one) =>
              one.instanceName === name ? { ...one, boxId: id } : one,
            ),
        },
      ],
    ]);
    for (let look = 0; look < 4; look++) await lookRound(house, { providers });
    expect(exists(name)).toBe(true);
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

  test('when the list fails', async () => {
    const name = await leftover('box-0', 0);
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
  test('for a box that has gone on is removed after two looks', async () => {
    const [box] = await house.sql<{ id: string }>(`SELECT id FROM boxes WHERE name = 'box-3'`);
    const id = box?.id ?? '';
    await house.sql(`INSERT INTO instances (id, box_id, incarnation, name) VALUES (gen_random_uuid(), $1, 7, $2)`, [
      id,
      instanceName(INSTALL, id, 7),
    ]);
    const late = await stray(INSTALL, id, 7);
    await looks(1);
    expect(exists(late)).toBe(true);
    await looks(1);
    expect(exists(late)).toBe(false);
    expect(exists(instanceName(INSTALL, id, 1))).toBe(true);
  });

  test('for a destroyed box is removed, and its home with it', async () => {
    const [box] = await house.sql<{ id: string }>(`SELECT id FROM boxes WHERE name = 'box-5'`);
    const id = box?.id ?? '';
    await house.say('ana', 'destroy box-5 --yes');
    const late = await stray(INSTALL, id, 1);
    await looks(3);
    expect(exists(late)).toBe(false);
    expect(house.cloud.ledger.homes().some((home) => home.boxId === id)).toBe(false);
  });
});
