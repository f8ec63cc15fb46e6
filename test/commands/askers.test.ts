// Under which key somebody waits for a turn.
import { expect, test } from 'vitest';
import { createAskers } from '../../src/commands/askers.ts';

const speaker = (subject: string, door = 'ssh') => ({ door, tenant: '', subject, display: subject });

test('an account has one turn, however many identities it speaks through', () => {
  const askers = createAskers();
  expect(askers.of(speaker('key'))).not.toBe(askers.of(speaker('U1', 'slack')));
  askers.learn(speaker('key'), 'account-1');
  askers.learn(speaker('U1', 'slack'), 'account-1');
  expect([askers.of(speaker('key')), askers.of(speaker('U1', 'slack'))]).toEqual(['account-1', 'account-1']);
  askers.learn(speaker('key'), 'account-2');
  expect(askers.of(speaker('key'))).toBe('account-2');
});

test('what is remembered is bounded: the longest known wait by their identity again', () => {
  const askers = createAskers();
  for (let n = 0; n <= 10_000; n++) askers.learn(speaker(`key-${n}`), `account-${n}`);
  expect(askers.of(speaker('key-0'))).toBe('ssh::key-0');
  expect(askers.of(speaker('key-1'))).toBe('account-1');
});
