// How long a box may lie idle, within the tier.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readIdle } from '../../src/boxes/idle-choice.ts';

const FREE = { idleMinutes: 60 };
const PRO = { idleMinutes: null };

test.each([
  ['30m', FREE, 30],
  ['1h', FREE, 60],
  ['10 minutes', FREE, 10],
  ['default', FREE, 60],
  ['Default', PRO, null],
  ['never', PRO, null],
  ['4h', PRO, 240],
  ['5m', { idleMinutes: 5 }, 5],
] as const)('%s may be chosen within %j', (text, tier, minutes) => {
  expect(readIdle(text, tier)).toEqual({ ok: true, minutes });
});

test.each([
  ['never', FREE, '10 min to 1 h without use, or default (1 h)'],
  ['61m', FREE, 'not after "61m"'],
  ['9m', FREE, '10 min to 1 h'],
  ['5m', PRO, '10 min to 30 days without use, never, or default (never)'],
  ['31d', PRO, 'not after "31d"'],
  ['', PRO, 'not after ""'],
  ['4', FREE, 'not after "4"'],
  ['4m', { idleMinutes: 5 }, 'may stop after 5 min'],
] as const)('%j may not within %j, and the answer says what may', (text, tier, said) => {
  const choice = readIdle(text, tier);
  expect(choice.ok ? '' : choice.problem).toContain(said);
});

test('nothing that is typed gets more than the tier allows', () => {
  const words = fc.constantFrom('never', 'default', 'off', '1', '99', 'h', 'm', 'd', ' ');
  const texts = fc.oneof(
    fc.string(),
    fc.array(words, { maxLength: 5 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 10_000 }), (text, idleMinutes) => {
      const choice = readIdle(text, { idleMinutes });
      if (choice.ok) expect(choice.minutes).toBeLessThanOrEqual(idleMinutes);
      if (choice.ok) expect(choice.minutes).toBeGreaterThan(0);
    }),
  );
});
