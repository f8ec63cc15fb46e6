// A command whose database goes away under it: run again from its beginning, refused only when it fails every time.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestHouse, type TestHouse } from '../support/house.ts';

let house: TestHouse;
beforeAll(async () => {
  house = await openTestHouse();
  // Sequences count what is undone, too.
  await house.sql('CREATE SEQUENCE boxes_tried');
  await house.sql(`CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF nextval('boxes_tried') <= TG_ARGV[0]::int THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NEW; END $$`);
});
afterAll(() => house.close());

/** Cuts the connections of the next so many commands that make a box, when they have written half of it. */
async function cutNext(times: number): Promise<void> {
  await house.sql('ALTER SEQUENCE boxes_tried RESTART');
  await house.sql(`CREATE OR REPLACE TRIGGER cut BEFORE INSERT ON boxes FOR EACH ROW EXECUTE FUNCTION cut(${times})`);
}

const triesNow = async (): Promise<string | undefined> =>
  (await house.sql<{ tries: string }>('SELECT last_value AS tries FROM boxes_tried'))[0]?.tries;

test('whose connection is cut in the middle is run again, and is not refused for it', async () => {
  await cutNext(1);
  expect(await house.say('ana', 'spinup mybox')).toContain('mybox is ready');
  expect(await triesNow()).toBe('2');
  expect(house.cloud.ledger.instances()).toHaveLength(1);
});

test('that fails each time gets one answer, which says that it is our fault, and leaves nothing', async () => {
  await cutNext(1000);
  const { thread, answer } = await house.ask('ben', 'spinup bens-box');
  expect(await answer).toContain('went wrong on our side');
  expect(await triesNow()).toBe('2');
  await cutNext(0);
  expect(await house.say('ben', 'list')).toContain('You have no boxes');
  expect(house.chat.messages(thread).filter((message) => message.kind === 'final')).toHaveLength(1);
  expect(await house.say('ben', 'spinup bens-box')).toContain('bens-box is ready');
});
