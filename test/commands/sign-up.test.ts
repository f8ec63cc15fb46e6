// Who gets an account by the first command, by door and by the operator's rule; and whom the others are told to ask.
import { describe, expect, test } from 'vitest';
import { whomToAsk } from '../../src/commands/admit.ts';
import { type Admissions, signUpPolicy } from '../../src/commands/sign-up.ts';
import type { Speaker } from '../../src/threads/arrival.ts';

const speaker = (door: string, rest: Partial<Speaker> = {}): Speaker => ({
  door,
  tenant: '',
  subject: 'someone',
  display: 'Someone',
  ...rest,
});
const may = (rules: Partial<Admissions>, who: Speaker) => signUpPolicy(rules).mayJoin(who);

describe('Slack', () => {
  test.each([
    ['open', 'T1', false, true],
    ['open', 'T2', true, false],
    ['closed', 'T1', false, false],
    [['T1', 'T2'], 'T2', true, true],
    [['T1'], 'T2', true, false],
    [[], 'T1', false, false],
  ] as const)('%o: of team %s, a guest: %s → %s', (slack, tenant, guest, expected) => {
    expect(may({ slack }, speaker('slack', { tenant, guest }))).toBe(expected);
  });
});

describe('Discord', () => {
  test.each([
    ['open', [], true],
    ['closed', ['111'], false],
    [['111', '222'], ['333', '222'], true],
    [['111'], ['333'], false],
    [['111'], undefined, false],
  ] as const)('%o: of guilds and roles %o → %s', (discord, groups, expected) => {
    expect(may({ discord }, speaker('discord', groups === undefined ? {} : { groups }))).toBe(expected);
  });
});

test('mail: a list names whole domains', () => {
  const of = (subject: string) => may({ email: ['acme.dev'] }, speaker('email', { subject }));
  expect(['ana@acme.dev', 'ana@ACME.dev'].map(of)).toEqual([true, true]);
  expect(['ana@evil-acme.dev', 'ana@acme.dev.evil', 'acme.dev@evil', '@', ''].map(of)).toEqual([
    false,
    false,
    false,
    false,
    false,
  ]);
});

test('SSH is open or closed, and a door without a rule is closed', () => {
  expect(may({ ssh: 'open' }, speaker('ssh'))).toBe(true);
  expect(may({ ssh: 'closed' }, speaker('ssh'))).toBe(false);
  expect(may({ slack: 'open', discord: 'open' }, speaker('ssh'))).toBe(false);
  expect(may({ slack: 'open' }, speaker('constructor'))).toBe(false);
});

test('who is refused is sent to an operator of their own team first, then of their door, then to any', () => {
  const admins = ['ssh:SHA256:x', 'slack:T2:U9', 'slack:T1:U1'];
  expect(whomToAsk({ admins }, speaker('slack', { tenant: 'T1' }))).toBe('slack:T1:U1');
  expect(whomToAsk({ admins }, speaker('slack', { tenant: 'T3' }))).toBe('slack:T2:U9');
  expect(whomToAsk({ admins }, speaker('discord'))).toBe('ssh:SHA256:x');
  expect(whomToAsk({ admins: ['ssh:SHA256:x', 'email:kim@acme.dev'] }, speaker('email'))).toBe('kim@acme.dev');
  expect(whomToAsk({ admins: [] }, speaker('slack'))).toBe('an operator');
});
