// doctor warns where everybody may sign up and boxes cost something.
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { spendingFinding } from '../../src/verbs/doctor-clouds.ts';

const AROUND = { isRoot: false, cwd: '/srv', providers: ['docker', 'digitalocean', 'ovh'] };
const TOKEN = { DIGITALOCEAN_TOKEN: 'dop_v1_0123456789' };
const found = (set: Record<string, string>) => spendingFinding(loadConfig({ ...TOKEN, ...set }, AROUND));

test('open sign-up where a cloud is among the providers is said, with the variables that change it', () => {
  const finding = found({ PROVIDERS: 'docker,digitalocean', SSH_SIGNUP: 'open' });
  expect(finding).toMatchObject({ ok: false, isMinor: true });
  expect(finding?.what).toContain('SSH_SIGNUP=open');
  expect(finding?.remedy).toContain('DIGITALOCEAN_MOST_BOXES');
});

test('nothing is said where nobody is paid, or where only those who are named get in', () => {
  expect(found({ PROVIDERS: 'docker', SSH_SIGNUP: 'open' })).toBeUndefined();
  expect(found({ PROVIDERS: 'docker,digitalocean', SSH_SIGNUP: 'closed' })).toBeUndefined();
});
