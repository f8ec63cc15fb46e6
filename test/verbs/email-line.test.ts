// The e-mail door in a line: both ways in, no secret, and no more names than fit a screen.
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { emailLine, emailWarnings } from '../../src/verbs/email-line.ts';

const ON = { EMAIL_ADDRESS: 'box@acme.dev', SMTP_LISTEN: '[::1]:2525', SENDGRID_API_KEY: 'SG.abcdefgh' };
const configOf = (variables: Record<string, string>) =>
  loadConfig(variables, { isRoot: false, cwd: '/srv', providers: ['docker'] });

test('a door that is off has no line', () => {
  expect(emailLine(configOf({}))).toBeUndefined();
  expect(emailWarnings(configOf({}))).toEqual([]);
});

test('both ways in are told, and the secret of one is not', () => {
  const config = configOf({ ...ON, EMAIL_INBOUND_SECRET: 'a'.repeat(24), EMAIL_SIGNUP: 'open' });
  expect(emailLine(config)).toBe(
    'box@acme.dev, in by SMTP at [::1]:2525 and SendGrid at /email/inbound/…, out by sendgrid, sign-up open',
  );
});

test('of many domains the first five are told', () => {
  const domains = [1, 2, 3, 4, 5, 6, 7].map((number) => `a${number}.dev`).join(',');
  expect(emailLine(configOf({ ...ON, EMAIL_SIGNUP: domains }))).toMatch(
    /sign-up a1\.dev, a2\.dev, a3\.dev, a4\.dev, a5\.dev and 2 more$/,
  );
});

test('everybody’s word being taken is said, and only then', () => {
  expect(emailWarnings(configOf(ON))).toEqual([]);
  expect(emailWarnings(configOf({ ...ON, EMAIL_ALLOW_UNAUTHENTICATED: 'true' }))).toHaveLength(1);
});
