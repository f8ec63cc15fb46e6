// Failures end with an id, refusals do not; and `admin why` shows an operator the whole way of an id, and nobody else.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { failureIdOf } from '../../src/threads/failure.ts';
import { eventually } from '../support/eventually.ts';
import { openTestHouse, type TestHouse, UNREPAIRED } from '../support/house.ts';

const ID = /failure ([0-9A-Z]{8})$/;
const OPERATORS_LINE = /For an operator: failure/;

let house: TestHouse;
let made = 0;
let ana = '';
beforeAll(async () => {
  house = await openTestHouse({ timings: UNREPAIRED, settings: { admins: ['chat:team:boss'] } });
  await house.say('boss', 'list');
});
beforeEach(() => {
  ana = `ana${++made}`;
});
afterAll(() => house.close());

const boss = (line: string) => house.say('boss', line);
const idIn = (text: string): string => ID.exec(text.trim())?.[1] ?? '';
const jobOf = async (person: string) =>
  (
    await house.sql<{ id: string; box: string; command: string; delivery: string }>(
      `SELECT j.id, j.box_id AS box, c.id AS command, c.delivery_id AS delivery FROM jobs j JOIN accounts a ON a.id = j.account_id
         JOIN commands c ON c.job_id = j.id WHERE a.name = $1 ORDER BY j.created_at DESC, c.created_at LIMIT 1`,
      [person],
    )
  )[0];
async function failSpinup(): Promise<string> {
  house.cloud.failNext('create', 'quota');
  return house.say(ana, 'spinup mybox');
}

test('a box whose home could not be made has nothing to lose: stopped meanwhile, it gets its home when it is started', async () => {
  house.cloud.failNext('ensureHome', 'quota');
  expect(await house.say(ana, 'spinup mybox')).toContain('could not be made');
  expect(await house.say(ana, 'stop mybox')).toContain('is stopped');
  const box = (await jobOf(ana))?.box;
  const homes = () => house.cloud.ledger.homes().filter(({ boxId }) => boxId === box);
  expect(homes()).toEqual([]);
  expect(await house.say(ana, 'start mybox')).toContain('is running');
  expect(homes()).toHaveLength(1);
});

describe('what people are shown', () => {
  test('a job that failed ends with its id, in the answer and wherever its cause is shown again', async () => {
    const id = idIn(await failSpinup());
    expect(id).toBe(failureIdOf((await jobOf(ana))?.id ?? ''));
    for (const line of ['info mybox', 'why mybox', 'logs mybox'])
      expect(idIn(await house.say(ana, line)), line).toBe(id);
  });

  test('everybody who waited for the job is shown the same id', async () => {
    const gate = house.hold('create');
    const first = await house.ask(ana, 'spinup mybox');
    await eventually('a job', async () => jobOf(ana));
    const second = await house.ask(ana, 'start mybox');
    house.cloud.failNext('create', 'quota');
    gate.open();
    const told = idIn(await first.answer);
    expect(told).not.toBe('');
    expect([told, '']).toContain(idIn(await second.answer));
    expect(await house.sql('SELECT 1 FROM failures WHERE subject = $1', [(await jobOf(ana))?.id])).toHaveLength(1);
  });

  test('an error that nobody foresaw ends with an id', async () => {
    await house.sql(
      `CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'secret words'; END $$`,
    );
    await house.sql('CREATE TRIGGER broken BEFORE INSERT ON boxes FOR EACH ROW EXECUTE FUNCTION broken()');
    const said = await house.say(ana, 'spinup mybox');
    await house.sql('DROP TRIGGER broken ON boxes');
    expect(said).toContain('went wrong on our side');
    expect(said).not.toContain('secret words');
    const why = await boss(`admin why ${idIn(said)}`);
    expect(why).toContain(`failure ${idIn(said)}: command unforeseen`);
    expect(why).toMatch(/spinup, of .*, answered/);
  });

  test('a refusal, a slip of the pen and a question have no id', async () => {
    await house.say(ana, 'spinup mybox');
    for (const line of ['start no-such-box', 'spinup Not_A_Name', 'strat mybox', 'admin jobs', 'spinup other'])
      expect(await house.say(ana, line), line).not.toMatch(OPERATORS_LINE);
    expect(
      await house.sql(
        'SELECT 1 FROM failures f JOIN jobs j ON j.id = f.subject JOIN accounts a ON a.id = j.account_id WHERE a.name = $1',
        [ana],
      ),
    ).toEqual([]);
  });
});

describe('admin why', () => {
  test('shows delivery, command, job with its steps, messages and what to do, of a failure and of every id on its way', async () => {
    const id = idIn(await failSpinup());
    const job = await jobOf(ana);
    await house.sql('UPDATE failures SET remedy = $2 WHERE id = $1', [id, 'Raise the quota.']);
    for (const asked of [id, id.toLowerCase(), job?.id, job?.command, job?.delivery, job?.box]) {
      const told = await boss(`admin why ${asked}`);
      expect(told, asked).toContain(`failure ${id}: job quota`);
      expect(told, asked).toContain('What to do: Raise the quota.');
      expect(told, asked).toContain(`delivery ${job?.delivery}: by chat team, written down and acknowledged`);
      expect(told, asked).toContain(`command ${job?.command}: spinup, of ${ana}`);
      expect(told, asked).toMatch(
        new RegExp(`job ${job?.id}: spinup, (failed|dead) \\(quota\\), try \\d of 3, 0 lost, held by `),
      );
      expect(told, asked).toMatch(/home volume.* done /);
      expect(told, asked).toMatch(/box started.* failed /);
      expect(told, asked).toMatch(/final +(sent|pending) +chat/);
      expect(told, asked).toContain(`${ana}/mybox at seeded, error`);
    }
  });

  test('tells times in the operator’s zone, with seconds', async () => {
    const id = idIn(await failSpinup());
    const utc = /acknowledged \S+ (\d\d):(\d\d:\d\d)/.exec(await boss(`admin why ${id}`));
    await boss('set timezone Asia/Tokyo');
    const tokyo = /acknowledged \S+ (\d\d):(\d\d:\d\d)/.exec(await boss(`admin why ${id}`));
    await boss('set timezone UTC');
    expect(tokyo?.[2]).toBe(utc?.[2]);
    expect(Number(tokyo?.[1])).toBe((Number(utc?.[1]) + 9) % 24);
  });

  test('is written into the audit by ids, and repeats no words of anybody', async () => {
    const { answer } = await house.ask(ana, 'spinup "my secret words');
    await answer;
    const [asked] = await house.sql<{ id: string }>(
      `SELECT d.id FROM deliveries d WHERE d.text LIKE '%my secret words' ORDER BY d.received_at DESC LIMIT 1`,
    );
    const told = await boss(`admin why ${asked?.id}`);
    expect(told).toContain(`delivery ${asked?.id}`);
    expect(told).not.toContain('secret words');
    const rows = await house.sql<{ target: Record<string, string> }>(
      `SELECT target FROM audit WHERE action = 'trail.read' AND target ->> 'id' = $1`,
      [asked?.id],
    );
    expect(rows).toHaveLength(1);
  });

  test('says so of an id that nothing has, and of what is no id', async () => {
    expect(await boss('admin why 7K2M9QXB')).toContain('No failure 7K2M9QXB is written down. Search the logs');
    expect(await boss('admin why 01980c5e-7a1b-7c3d-9e4f-5a6b7c8d9e0f')).toContain('Nothing here has that id');
    expect(await boss('admin why mybox')).toContain('is no id');
  });

  test('is for operators alone', async () => {
    const id = idIn(await failSpinup());
    expect(await house.say(ana, `admin why ${id}`)).toContain('is for operators');
  });
});
