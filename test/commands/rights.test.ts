// Who may do what: strangers, closed doors, the suspended, operators; and that nobody can tell another's box from none.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/commands/registry.ts';
import { createChanges } from '../../src/queue/changes.ts';
import { createStoreDirectory } from '../../src/roles/ssh-directory.ts';
import { addIdentity } from '../../src/store/accounts.ts';
import type { Block } from '../../src/threads/reply.ts';
import { openTestHouse, type TestHouse } from '../support/house.ts';

const FINGERPRINT = /SHA256:[A-Za-z0-9+/]{43}/;
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICMs/+8DDn+JIikb95UAcfvasurHuN5H4GnDeJukcEE+';

let house: TestHouse;
beforeAll(async () => {
  house = await openTestHouse({
    settings: { admins: ['chat:team:boss'] },
    signUp: { mayJoin: (speaker) => !speaker.subject.startsWith('stranger') },
  });
  await house.say('ana', 'spinup anas-box');
  await house.say('bea-with-none', 'list');
  await house.say('cleo-with-one', 'spinup cleos-box');
});
afterAll(() => house.close());

const accountIdOf = async (name: string) =>
  (await house.sql<{ id: string }>('SELECT id FROM accounts WHERE name = $1', [name]))[0]?.id ?? '';
const untouched = async () =>
  expect(await house.sql(`SELECT state, desired FROM boxes WHERE name = 'anas-box' AND state <> 'destroyed'`)).toEqual([
    { state: 'running', desired: 'running' },
  ]);

const textOf = (block: Block) => ('text' in block ? block.text : '');
const directoryOf = ({ services: { db, wakes, now, house: rules } }: TestHouse) =>
  createStoreDirectory({
    db,
    wakes,
    house: rules,
    changes: createChanges(),
    now,
    render: (reply) => reply.blocks.map(textOf).join('\n'),
  });

const ABOUT_A_BOX = COMMANDS.filter((command) => Object.values(command.params).some(({ kind }) => kind === 'box'));
/** What a command needs besides the box. */
const restOf = ({ params }: Pick<(typeof COMMANDS)[number], 'params'>): string =>
  Object.values(params).some((param) => param.kind === 'text' && param.required === true) ? ' 4h' : '';
const LINES = ABOUT_A_BOX.flatMap(({ name, aliases, params }) => [
  ...[name, ...aliases].map((word) => `${word} BOX${restOf({ params })}`),
  ...('yes' in params ? [`${name} BOX --yes`] : []),
]);

describe("another account's box", () => {
  test('every command about a box is in the list that is tried here', () => {
    expect(LINES).toEqual(
      expect.arrayContaining(['start BOX', 'stop BOX', 'destroy BOX --yes', 'info BOX', 'logs BOX']),
    );
  });

  test.each(LINES)('reads like a box that does not exist: %s', async (line) => {
    for (const person of ['bea-with-none', 'cleo-with-one']) {
      const theirs = await house.say(person, line.replace('BOX', 'anas-box'));
      const nobodys = await house.say(person, line.replace('BOX', 'no-ones-box'));
      expect(theirs.replaceAll('anas-box', 'NAME')).toBe(nobodys.replaceAll('no-ones-box', 'NAME'));
      expect(theirs).toContain('No box "anas-box"');
    }
    await untouched();
  });

  test.each(ABOUT_A_BOX.map((command) => `${command.name}${restOf(command)}`))(
    'is not filled in for somebody else in its own thread: %s',
    async (verb) => {
      const [home] = await house.sql<{ key: string }>(
        `SELECT t.key FROM threads t JOIN boxes b ON b.id = t.box_id WHERE b.name = 'anas-box'`,
      );
      expect(await house.say('ana', 'info', { thread: home?.key ?? '' })).toContain('anas-box · running');
      const inTheirs = await house.say('bea-with-none', verb, { thread: home?.key ?? '' });
      expect(inTheirs).toBe(await house.say('bea-with-none', verb));
      await untouched();
    },
  );

  test('its id is a name like any other that nobody has', async () => {
    const [box] = await house.sql<{ id: string }>(`SELECT id FROM boxes WHERE name = 'anas-box'`);
    const answer = await house.say('bea-with-none', `stop ${box?.id}`);
    expect(answer).not.toContain('anas-box');
    await untouched();
  });

  test.each(['destroy ID --yes', 'destroy ID', 'stop ID', 'start ID', 'info ID', 'logs ID', 'extend ID 4h', 'why ID'])(
    'is not reached by its id, as a button carries it, also not by who has one of its name: %s',
    async (line) => {
      const [box] = await house.sql<{ id: string }>(
        `SELECT id FROM boxes WHERE name = 'anas-box' AND state <> 'destroyed'`,
      );
      await house.say('namesake', 'spinup anas-box');
      const nobodys = '0190a0a0-0000-7000-8000-000000000000';
      for (const person of ['bea-with-none', 'cleo-with-one', 'namesake']) {
        const theirs = await house.say(person, line.replace('ID', box?.id ?? ''));
        expect(theirs.replaceAll(box?.id ?? '', 'NAME')).toBe(
          (await house.say(person, line.replace('ID', nobodys))).replaceAll(nobodys, 'NAME'),
        );
        expect(theirs).toContain('No box');
      }
      const states = await house.sql(
        `SELECT DISTINCT state, desired FROM boxes WHERE name = 'anas-box' AND state <> 'destroyed'`,
      );
      expect(states).toEqual([{ state: 'running', desired: 'running' }]);
      await house.say('namesake', 'destroy anas-box --yes');
    },
  );

  test('its name is free for everybody else', async () => {
    expect(await house.say('dan', 'spinup anas-box')).toContain('anas-box is ready');
    expect(await house.say('dan', 'destroy anas-box --yes')).toContain('destroyed');
    expect(await house.sql(`SELECT state FROM boxes WHERE name = 'anas-box' AND state <> 'destroyed'`)).toHaveLength(1);
  });
});

describe('somebody without an account where sign-up is closed', () => {
  const AUDIENCE = Object.groupBy(COMMANDS, ({ audience }) => audience);

  test('may only ask for help, who they are and the version, and link', async () => {
    expect((AUDIENCE.key ?? []).map(({ name }) => name).sort()).toEqual(['help', 'link', 'version', 'whoami']);
    expect(await house.say('stranger-1', 'help')).toContain('spinup');
    expect(await house.say('stranger-1', 'version')).toContain('Shellbox');
    expect(await house.say('stranger-1', 'whoami')).toContain('You are chat:team:stranger-1');
  });

  test.each(COMMANDS.filter(({ audience }) => audience !== 'key').flatMap(({ name, examples }) => [name, ...examples]))(
    'is refused, told whom to ask, and gets no account: %s',
    async (line) => {
      const answer = await house.say('stranger-2', line);
      expect(await house.sql(`SELECT 1 FROM accounts WHERE name = 'stranger-2'`)).toEqual([]);
      expect(await house.sql(`SELECT 1 FROM boxes WHERE name = 'mybox'`)).toEqual([]);
      // A line that lacks its argument is answered by the grammar, to everybody alike.
      if (!answer.includes(' needs ')) {
        expect(answer).toContain('sign-up is closed');
        expect(answer).toContain('chat:team:boss');
        expect(answer).toContain('chat:team:stranger-2');
      }
    },
  );
});

describe('a suspended account', () => {
  test('is told so by every command, and nothing is done', async () => {
    await house.say('sue', 'spinup sues-box');
    await house.sql(`UPDATE accounts SET suspended_at = now() WHERE name = 'sue'`);
    for (const line of ['list', 'stop sues-box', 'destroy sues-box --yes', 'spinup new-box', `keys add ${KEY}`]) {
      expect(await house.say('sue', line)).toContain('suspended');
    }
    expect(await house.sql(`SELECT state, desired FROM boxes WHERE name = 'sues-box'`)).toEqual([
      { state: 'running', desired: 'running' },
    ]);
    expect(await house.sql('SELECT 1 FROM access_keys WHERE account_id = $1', [await accountIdOf('sue')])).toEqual([]);
    expect(await house.say('sue', 'whoami')).toContain('suspended');

    await house.sql(`UPDATE accounts SET suspended_at = NULL WHERE name = 'sue'`);
    expect(await house.say('sue', 'stop sues-box')).toContain('stopped');
  });
});

describe("a suspended account's box", () => {
  test('is not started by a connection, and is as soon as the account may again', async () => {
    await house.say('sam', 'spinup sams-box');
    await house.say('sam', 'stop sams-box');
    const [box] = await house.sql<{ id: string }>(`SELECT id FROM boxes WHERE name = 'sams-box'`);
    const wake = () => directoryOf(house).wake(box?.id ?? '', 'SHA256:any', () => {}, new AbortController().signal);
    await house.sql(`UPDATE accounts SET suspended_at = now() WHERE name = 'sam'`);
    expect(await wake()).toMatchObject({ kind: 'refused', text: expect.stringContaining('suspended') });
    expect(await house.sql(`SELECT state, desired FROM boxes WHERE name = 'sams-box'`)).toEqual([
      { state: 'stopped', desired: 'stopped' },
    ]);
    await house.sql(`UPDATE accounts SET suspended_at = NULL WHERE name = 'sam'`);
    expect(await wake()).toMatchObject({ kind: 'running' });
  });
});

describe('operators', () => {
  test('named by the house are operators from their first command, others are not', async () => {
    await house.say('boss', 'list');
    expect(await house.say('boss', 'whoami')).toContain('operator');
    await house.say('eve', 'list');
    expect(await house.say('eve', 'whoami')).not.toContain('operator');
  });

  test('have no more right to a box than anybody', async () => {
    expect(await house.say('boss', 'stop anas-box')).toContain('No box "anas-box"');
    await untouched();
  });
});

describe('a listed access key', () => {
  test('opens the boxes of who lists it, and does not speak for its owner or for them', async () => {
    const fingerprint = (await house.say('ana', `keys add ${KEY}`)).match(FINGERPRINT)?.[0] ?? '';
    const directory = directoryOf(house);
    const listed = await directory.lookUp(fingerprint);
    expect(listed.account).toBeUndefined();
    expect(listed.boxes.map((box) => box.name)).toEqual(['anas-box']);

    // Its owner signs up with it: that key speaks for the owner only, though ana lists it too.
    await house.say('olga', 'spinup olgas-box');
    const olga = { door: 'ssh', tenant: '', subject: fingerprint, display: 'olga' };
    await addIdentity(house.services.db.tx, await accountIdOf('olga'), olga);
    const known = await directory.lookUp(fingerprint);
    expect(known.account?.name).toBe('olga');
    expect(known.boxes.map((box) => box.name)).toEqual(['olgas-box']);

    await house.say('ana', `keys remove ${fingerprint}`);
    expect((await directory.lookUp(fingerprint)).boxes.map((box) => box.name)).toEqual(['olgas-box']);
  });

  test('that nobody lists opens nothing', async () => {
    expect(await directoryOf(house).lookUp('SHA256:unknown')).toEqual({ account: undefined, boxes: [] });
  });
});
