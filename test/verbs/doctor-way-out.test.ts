// What doctor says of the way out for mail: it tries it without sending, and says what stands in the way and what to do.
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { sendTestMail, wayOutFinding } from '../../src/verbs/doctor-way-out.ts';
import { startMailbox } from '../fakes/mailbox.ts';
import { startSendgrid } from '../fakes/sendgrid/sendgrid.ts';
import { freePort } from '../support/free-port.ts';

const never = new AbortController().signal;

function emailOf(variables: Record<string, string>) {
  const on = { EMAIL_ADDRESS: 'box@acme.dev', SMTP_LISTEN: '127.0.0.1:2525', ...variables };
  const { email } = loadConfig(on, { isRoot: false, cwd: '/srv', providers: ['docker'] });
  if (email === undefined) throw new Error('the door is off');
  return email;
}

async function mailbox(login?: { user: string; password: string }) {
  const started = await startMailbox(login === undefined ? {} : { login });
  onTestFinished(() => started.close());
  return started;
}

/** A server on loopback that does this with whoever comes. */
async function serverThat(greets: 'ends' | 'is silent'): Promise<number> {
  const port = await freePort();
  const server = createServer((socket) => greets === 'ends' && socket.destroy()).listen(port, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  return port;
}

test('an SMTP server that answers is entered with name and password, and nothing is sent', async () => {
  const { url, port, mails } = await mailbox({ user: 'shellbox', password: 'correct-horse' });
  expect(await wayOutFinding(emailOf({ SMTP_URL: url }), never)).toEqual({
    ok: true,
    what: `E-mail: the SMTP server at 127.0.0.1 port ${port} answers and lets us in`,
  });
  const wrong = await wayOutFinding(emailOf({ SMTP_URL: url.replace('correct', 'wrong') }), never);
  expect(wrong).toEqual({
    ok: false,
    what: `E-mail: no answer goes out. The SMTP server at 127.0.0.1 port ${port} does not take the name and password.`,
    remedy: 'Correct them in SMTP_URL.',
  });
  expect(mails).toEqual([]);
});

const OBSTACLES: readonly (readonly [string, () => Promise<string>, string])[] = [
  ['refuses', async () => `smtp://ana:horse@127.0.0.1:${await freePort()}`, 'refused the connection.'],
  ['is not known', async () => 'smtp://ana:horse@mail.invalid', 'is not known: there is no such host.'],
  ['ends the connection', async () => `smtp://ana:horse@127.0.0.1:${await serverThat('ends')}`, 'ended the connection'],
  ['speaks no TLS', async () => `smtps://ana:horse@127.0.0.1:${(await mailbox()).port}`, 'cannot be spoken with'],
];

test.each(OBSTACLES)('a server that %s is told, without the password', async (_, url, said) => {
  const finding = await wayOutFinding(emailOf({ SMTP_URL: await url() }), never);
  expect(finding).toMatchObject({ ok: false, what: expect.stringContaining(said), remedy: expect.any(String) });
  expect(JSON.stringify(finding)).not.toContain('horse');
});

test('a server that says nothing is waited for no longer than the verb', async () => {
  const url = `smtp://127.0.0.1:${await serverThat('is silent')}`;
  const finding = await wayOutFinding(emailOf({ SMTP_URL: url }), AbortSignal.timeout(50));
  expect(finding).toMatchObject({ ok: false, what: expect.stringContaining('does not answer.') });
});

test.each([
  [['mail.send'], { ok: true }],
  [['alerts.read'], { ok: false, remedy: expect.stringContaining('Mail Send') }],
  ['hidden', { ok: false, isMinor: true, what: expect.stringContaining('was not tried') }],
] as const)('SendGrid is asked what the key may do: %j', async (scopes, expected) => {
  const sendgrid = await startSendgrid({ scopes });
  onTestFinished(() => sendgrid.close());
  const on = { SENDGRID_API_KEY: sendgrid.apiKey, SENDGRID_API_URL: sendgrid.url };
  expect(await wayOutFinding(emailOf(on), never)).toMatchObject(expected);
  expect(sendgrid.taken).toEqual([]);
});

test('a key that SendGrid does not know, and a SendGrid that does not answer, are told apart', async () => {
  const sendgrid = await startSendgrid();
  const on = { SENDGRID_API_KEY: 'SG.wrong-key', SENDGRID_API_URL: sendgrid.url };
  expect(await wayOutFinding(emailOf(on), never)).toMatchObject({
    ok: false,
    what: expect.stringContaining('does not take the key'),
  });
  await sendgrid.close();
  expect(await wayOutFinding(emailOf(on), never)).toMatchObject({
    ok: false,
    what: 'E-mail: SendGrid does not answer',
  });
});

test('a test mail is sent by the way on which answers go; what goes wrong is told', async () => {
  const now = () => new Date();
  const { url, mails, failNext } = await mailbox();
  expect(await sendTestMail(emailOf({ SMTP_URL: url }), 'ana@acme.dev', now)).toMatchObject({ ok: true });
  expect(mails).toMatchObject([{ from: '', to: ['ana@acme.dev'] }]);
  failNext({ kind: 'refuse', code: 550, at: 'recipient' });
  expect(await sendTestMail(emailOf({ SMTP_URL: url }), 'ana@acme.dev', now)).toMatchObject({
    ok: false,
    what: expect.stringContaining('550'),
  });
  expect(await sendTestMail(emailOf({ SMTP_URL: 'smtp://mail.invalid' }), 'ana@acme.dev', now)).toEqual({
    ok: false,
    what: 'E-mail: the test was not sent. The SMTP server at mail.invalid port 587 is not known: there is no such host.',
    remedy: 'Correct the host in SMTP_URL.',
  });
});
