// forget: what says who somebody is goes, after a question; what counts stays under an id.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openTestHouse, type TestHouse, UNREPAIRED } from '../support/house.ts';

let house: TestHouse;
let made = 0;
let ana = '';
beforeAll(async () => {
  house = await openTestHouse({
    timings: UNREPAIRED,
    settings: { admins: ['chat:team:boss'], destroyKeepHours: 24 },
  });
  await house.say('boss', 'list');
});
beforeEach(async () => {
  ana = `ana${++made}`;
  await house.say(ana, 'list');
});
afterAll(() => house.close());

const boss = (line: string) => house.say('boss', line);
const identity = () => `chat:team:${ana}`;
const box = async () =>
  (
    await house.sql<{ id: string; account: string }>(
      `SELECT b.id, b.account_id AS account FROM boxes b JOIN accounts a ON a.id = b.account_id WHERE a.name = $1`,
      [ana],
    )
  )[0];
const codeIn = (text: string) => /confirm (\d{6})/.exec(text)?.[1] ?? '';

describe('forget', () => {
  const known = () => house.sql('SELECT 1 FROM identities WHERE subject = $1', [ana]);

  test('is refused while there is a box, and for operators', async () => {
    await house.say(ana, 'spinup mybox');
    expect(await boss(`forget ${identity()}`)).toContain(`admin destroy ${(await box())?.id}`);
    expect(await boss('forget chat:team:boss')).toContain('That is you');
    await house.say(`op-${ana}`, 'list');
    await house.sql('UPDATE accounts SET admin = true WHERE name = $1', [`op-${ana}`]);
    expect(await boss(`forget chat:team:op-${ana}`)).toContain('is an operator');
    await house.sql('UPDATE accounts SET admin = false WHERE name = $1', [`op-${ana}`]);
  });

  test('asks, then takes identity, key, name and kept home, and keeps usage and audit by id', async () => {
    await house.say(ana, 'spinup mybox');
    await house.say(ana, 'destroy mybox --yes');
    const { id, account } = (await box()) ?? {};
    await house.sql(
      `INSERT INTO access_keys (id, account_id, fingerprint, public_key, comment) VALUES (gen_random_uuid(), $1, 'f', 'k', 'c')`,
      [account],
    );
    const asked = await boss(`forget ${identity()}`);
    expect(asked).toContain('Nothing is done yet');
    expect(await known()).toHaveLength(1);
    expect(await boss(`confirm ${codeIn(asked)}`)).toContain(`${ana} is forgotten`);
    expect(await known()).toEqual([]);
    expect(await house.sql('SELECT name FROM accounts WHERE id = $1', [account])).toEqual([{ name: 'forgotten' }]);
    expect(await house.sql('SELECT 1 FROM access_keys WHERE account_id = $1', [account])).toEqual([]);
    expect(await house.sql('SELECT 1 FROM usage WHERE account_id = $1', [account])).toHaveLength(1);
    expect(await house.sql('SELECT 1 FROM audit WHERE actor = $1', [account])).not.toEqual([]);
    expect(
      await house.sql(`SELECT 1 FROM audit WHERE action = 'account.forgotten' AND target ->> 'account' = $1`, [
        account,
      ]),
    ).toHaveLength(1);
    expect(
      await house.sql('SELECT purge_after <= now() AS due, host_private_key AS key FROM boxes WHERE id = $1', [id]),
    ).toEqual([{ due: true, key: null }]);
    // A stranger again, with an account of their own.
    expect(await house.say(ana, 'undestroy mybox')).toContain('nothing to bring back');
    expect(await house.sql('SELECT 1 FROM accounts WHERE name = $1', [ana])).toHaveLength(1);
  });

  test('is refused by the code when a box was made meanwhile', async () => {
    const asked = await boss(`forget ${identity()}`);
    await house.say(ana, 'spinup mybox');
    expect(await boss(`confirm ${codeIn(asked)}`)).toContain(`${ana} has a box`);
    expect(await known()).toHaveLength(1);
  });
});
