// A thousand spinups at one moment: the quota holds before any provider hears of them, everybody is answered once, others go on.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { openTestHouse, type TestHouse } from '../support/house.ts';

const FLOOD = 1000;
const SETTLE_MS = 120_000;

let house: TestHouse;
beforeAll(async () => {
  house = await openTestHouse();
});
afterAll(() => house.close());

test.each([
  ['free', 1],
  ['pro', 3],
])(
  'of a thousand by one %s account as many boxes come as it may have',
  { timeout: 2 * SETTLE_MS },
  async (tier, allowed) => {
    const person = `flooder-${tier}`;
    await house.say(person, 'list');
    await house.sql('UPDATE accounts SET tier = $2 WHERE name = $1', [person, tier]);
    const before = house.cloud.ledger.history().length;
    const asked = Promise.all(
      Array.from({ length: FLOOD }, (_, place) => house.chat.type(person, `spinup box-${place}`)),
    );
    const threads = await asked;
    // Somebody else is not kept waiting until all of that is done.
    expect(await house.say(`bystander-${tier}`, 'list')).toContain('You have no boxes');
    expect(await house.say(`bystander-${tier}`, 'spinup theirs')).toContain('theirs is ready');
    const isDone = (thread: string) => finals(thread).length > 0;
    expect(await waiting()).toBeGreaterThan(0);
    await eventually('everybody has an answer', () => threads.every(isDone), SETTLE_MS);
    const texts = threads.map((thread) => finals(thread).map((message) => message.text));
    expect(texts.filter((answers) => answers.length !== 1)).toEqual([]);
    const ready = texts.filter(([answer = '']) => answer.includes('is ready'));
    const refused = texts.filter(([answer = '']) => answer.includes(`${allowed} of ${allowed} ${tier}`));
    expect([ready.length, refused.length]).toEqual([allowed, FLOOD - allowed]);
    const boxes = await house.sql<{ id: string }>(
      `SELECT b.id FROM boxes b JOIN accounts a ON a.id = b.account_id WHERE a.name LIKE $1`,
      [`%-${tier}`],
    );
    expect(boxes).toHaveLength(allowed + 1);
    expect(boxesAskedFor(before).sort()).toEqual(boxes.map((box) => box.id).sort());
  },
);

/** Commands that nobody has looked at yet. */
async function waiting(): Promise<number> {
  const [row] = await house.sql<{ count: number }>(
    'SELECT count(*)::int AS count FROM deliveries WHERE processed_at IS NULL',
  );
  return row?.count ?? 0;
}

/** Boxes for which the provider was asked anything that makes something. */
function boxesAskedFor(since: number): string[] {
  const calls = house.cloud.ledger.history().slice(since);
  const making = calls.filter(({ call }) => call?.verb === 'ensureHome' || call?.verb === 'create');
  return [...new Set(making.map((call) => call.subject))];
}

const finals = (thread: string) => house.chat.messages(thread).filter((message) => message.kind === 'final');
