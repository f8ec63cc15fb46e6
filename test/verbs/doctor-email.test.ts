// What doctor says of e-mail: the door in a line, what DNS lacks with what to add, and what is dangerous or useless.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Config, loadConfig } from '../../src/config.ts';
import { emailFindings } from '../../src/verbs/doctor-email.ts';
import { type FakeDns, startDns } from '../fakes/dns.ts';
import { type Mailbox, startMailbox } from '../fakes/mailbox.ts';

const WELL = {
  'acme.dev': ['v=spf1 include:sendgrid.net ~all'],
  '_dmarc.acme.dev': ['v=DMARC1; p=none'],
  's1._domainkey.acme.dev': ['v=DKIM1; p=MIIBIjANBg'],
};
const never = new AbortController().signal;
let mailbox: Mailbox;
let dns: FakeDns;
beforeEach(async () => {
  mailbox = await startMailbox();
  dns = await startDns(WELL, { 'acme.dev': 'mx.acme.dev' });
});
afterEach(async () => {
  await dns.close();
  await mailbox.close();
});

const configOf = (more: Record<string, string> = {}): Config =>
  loadConfig(
    {
      EMAIL_ADDRESS: 'box@acme.dev',
      SMTP_LISTEN: '127.0.0.1:2525',
      SMTP_URL: mailbox.url,
      DNS_SERVERS: dns.address,
      SSH_PUBLIC_HOST: 'box.acme.dev',
      ...more,
    },
    { isRoot: false, cwd: '/srv', providers: ['docker'] },
  );

test('a door that is off is not looked at', async () => {
  expect(await emailFindings(loadConfig({}, { isRoot: false, cwd: '/srv', providers: ['docker'] }), never)).toEqual([]);
});

test('all being well is told with the address', async () => {
  expect(await emailFindings(configOf(), never)).toEqual([
    { ok: true, what: 'E-mail: box@acme.dev, in by SMTP at 127.0.0.1:2525, out by smtp, sign-up closed' },
    { ok: true, what: `E-mail: the SMTP server at 127.0.0.1 port ${mailbox.port} answers and lets us in` },
  ]);
});

test('records that are missing are named with what to add', async () => {
  const bare = await startDns({}, {});
  const findings = await emailFindings(configOf({ DNS_SERVERS: bare.address }), never);
  await bare.close();
  expect(findings).toMatchObject([
    { ok: true },
    { ok: true, what: expect.stringContaining('lets us in') },
    { ok: false, what: 'E-mail: no server takes mail for acme.dev', remedy: expect.stringContaining('MX') },
    { ok: false, isMinor: true, what: expect.stringContaining('SPF') },
    { ok: false, isMinor: true, what: expect.stringContaining('DKIM') },
    {
      ok: false,
      isMinor: true,
      what: expect.stringContaining('DMARC'),
      remedy: expect.stringContaining('_dmarc.acme.dev'),
    },
  ]);
});

test('what is dangerous or useless is said', async () => {
  expect(
    await emailFindings(configOf({ EMAIL_ALLOW_UNAUTHENTICATED: 'true', SSH_PUBLIC_HOST: '' }), never),
  ).toMatchObject([
    { ok: true },
    { ok: true, what: expect.stringContaining('lets us in') },
    { ok: false, isMinor: true, what: expect.stringContaining('everybody’s word') },
    { ok: false, isMinor: true, what: expect.stringContaining('people in e-mail') },
  ]);
});
