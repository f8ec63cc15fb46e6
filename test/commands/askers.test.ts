// Under which key somebody waits for a turn.
import { expect, test } from 'vitest';
import { createAskers, isOfStrangers } from '../../src/commands/askers.ts';

const speaker = (subject: string, door = 'ssh') => ({ door, tenant: '', subject, display: subject });

/** Of whom nobody has an account but those who are named with it. */
const askersWith = (accounts: Record<string, string> = {}) => {
  const asked: string[][] = [];
  const askers = createAskers(async (speakers) => {
    asked.push(speakers.map((one) => one.subject));
    return speakers.map(({ subject }) => (accounts[subject] === undefined ? undefined : { id: accounts[subject] }));
  });
  return { askers, asked };
};

test('an account has one turn, however many identities it speaks through', () => {
  const { askers } = askersWith();
  expect(askers.of(speaker('key'))).not.toBe(askers.of(speaker('U1', 'slack')));
  askers.learn(speaker('key'), 'account-1');
  askers.learn(speaker('U1', 'slack'), 'account-1');
  expect([askers.of(speaker('key')), askers.of(speaker('U1', 'slack'))]).toEqual(['account-1', 'account-1']);
  askers.learn(speaker('key'), 'account-2');
  expect(askers.of(speaker('key'))).toBe('account-2');
});

test('all who have no account wait as one at their door', async () => {
  const { askers } = askersWith();
  const keys = await Promise.all(['key-1', 'key-2'].map((key) => askers.find(speaker(key))));
  expect(new Set(keys).size).toBe(1);
  expect(keys.every(isOfStrangers)).toBe(true);
  expect(await askers.find(speaker('U1', 'slack'))).not.toBe(keys[0]);
});

test('whoever has an account is found, many in one question, and then known', async () => {
  const { askers, asked } = askersWith({ ana: 'account-1' });
  expect(isOfStrangers(askers.of(speaker('ana')))).toBe(true);
  const found = await Promise.all(['first', 'second', 'ana'].map((subject) => askers.find(speaker(subject))));
  expect(found[2]).toBe('account-1');
  expect(asked).toEqual([['first'], ['second', 'ana']]);
  await askers.find(speaker('ana'));
  expect(asked).toHaveLength(2);
  expect(askers.of(speaker('ana'))).toBe('account-1');
});

test('what is remembered is bounded: the longest known have to be found again', () => {
  const { askers } = askersWith();
  for (let n = 0; n <= 10_000; n++) askers.learn(speaker(`key-${n}`), `account-${n}`);
  expect(isOfStrangers(askers.of(speaker('key-0')))).toBe(true);
  expect(askers.of(speaker('key-1'))).toBe('account-1');
});
