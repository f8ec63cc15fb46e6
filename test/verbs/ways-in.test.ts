// Whether somebody new can get in, by any door that is on; and what to do when nobody can.
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { accessFinding } from '../../src/verbs/doctor-machine.ts';
import { waysIn } from '../../src/verbs/ways-in.ts';

const MAIL = { EMAIL_ADDRESS: 'box@acme.dev', SMTP_LISTEN: '127.0.0.1:2525', SMTP_URL: 'smtp://127.0.0.1' };
const SLACK = { SLACK_BOT_TOKEN: 'xoxb-1-2-3', SLACK_APP_TOKEN: 'xapp-1-2-3' };
const DISCORD = { DISCORD_TOKEN: 'aaaa.bbbb.cccc', DISCORD_APPLICATION_ID: '123456789012345678' };
const configOf = (variables: Record<string, string>) =>
  loadConfig(variables, { isRoot: false, cwd: '/srv', providers: ['docker'] });

test.each([
  [{ SSH_SIGNUP: 'open' }, true],
  [{ SHELLBOX_ADMINS: 'email:ana@acme.dev' }, true],
  [{ ...MAIL, EMAIL_SIGNUP: 'open' }, true],
  [{ ...MAIL, EMAIL_SIGNUP: 'acme.dev' }, true],
  [SLACK, true],
  [{ ...DISCORD, DISCORD_SIGNUP: 'open' }, true],
  [{}, false],
  [{ EMAIL_SIGNUP: 'open', SLACK_SIGNUP: 'open', DISCORD_SIGNUP: 'open' }, false],
  [{ ...MAIL, ...DISCORD, ...SLACK, SLACK_SIGNUP: 'closed' }, false],
])('with %o somebody new can get in: %s', (variables: Record<string, string>, ok) => {
  const finding = accessFinding(configOf(variables));
  expect(finding.ok).toBe(ok);
  expect(finding.what.includes('nobody new can get in')).toBe(!ok);
});

test('when nobody can, the variables of the doors that are on are named', () => {
  expect(accessFinding(configOf(MAIL)).remedy).toMatch(/^Set SSH_SIGNUP=open or EMAIL_SIGNUP, or name yourself/);
  expect(accessFinding(configOf({})).remedy).toMatch(/^Set SSH_SIGNUP=open, or name yourself/);
});

test('each door says how a command is typed there', () => {
  const typed = waysIn(configOf({ ...MAIL, ...SLACK, ...DISCORD })).map((way) => way.typed('list'));
  expect(typed).toEqual([
    'ssh -p 2222 shellbox@127.0.0.1 list',
    '/shellbox list   (in Slack)',
    '/shellbox list   (in Discord)',
    'list   (as the subject of a mail to box@acme.dev)',
  ]);
});
