// EMAIL_SIGNUP lets in whole domains and single people, and nobody who only looks like one of them.
import { expect, test } from 'vitest';
import { signUpPolicy } from '../../src/commands/sign-up.ts';
import { loadConfig } from '../../src/config.ts';

const may = (signUp: string, subject: string, door = 'email') => {
  const config = loadConfig({ EMAIL_SIGNUP: signUp }, { isRoot: false, cwd: '/srv', providers: ['docker'] });
  return signUpPolicy(config.signUp).mayJoin({ door, tenant: '', subject, display: subject });
};

test.each(['ana@acme.dev', 'kim@ACME.dev', 'eve@other.dev', 'Eve@Other.dev'])('%s may join', (subject) => {
  expect(may('acme.dev, Eve@other.dev', subject)).toBe(true);
});

test.each(['ana@other.dev', 'eve@other.dev.evil', 'xeve@other.dev', 'eve+x@other.dev', 'eve@sub.other.dev', 'eve', ''])(
  '%j may not',
  (subject) => {
    expect(may('acme.dev,eve@other.dev', subject)).toBe(false);
  },
);

test('a person of the list is one by mail alone, and open and closed mean what they say', () => {
  expect(may('eve@other.dev', 'eve@other.dev', 'ssh')).toBe(false);
  expect(may('open', 'eve@other.dev')).toBe(true);
  expect(may('closed', 'eve@other.dev')).toBe(false);
});
