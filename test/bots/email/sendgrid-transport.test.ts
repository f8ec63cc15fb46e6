// Mail over SendGrid's API is taken as it is, and what it refuses, puts off or leaves open is told apart, without telling the key.
import { inspect } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { RateLimited } from '../../../src/bots/door.ts';
import { createSendgridTransport } from '../../../src/bots/email/sendgrid-transport.ts';
import { MailRefused } from '../../../src/bots/email/transport.ts';
import { secret } from '../../../src/secret.ts';
import { code, say } from '../../../src/threads/reply.ts';
import { type SendgridFault, startSendgrid } from '../../fakes/sendgrid/sendgrid.ts';
import { ADDRESS, KEY, mail, ROW, threading } from './mails.ts';

const never = new AbortController().signal;
const NOW = new Date('2026-11-02T13:00:00Z');

async function open(options: { maximumBytes?: number; apiKey?: string; timeoutMs?: number } = {}) {
  const sendgrid = await startSendgrid(options);
  onTestFinished(() => sendgrid.close());
  const { apiKey = sendgrid.apiKey, timeoutMs = 5_000 } = options;
  return {
    sendgrid,
    transport: createSendgridTransport({ apiKey: secret(apiKey), url: sendgrid.url, now: () => NOW, timeoutMs }),
  };
}

async function failure(fault: SendgridFault): Promise<unknown> {
  const { sendgrid, transport } = await open();
  sendgrid.failNext(fault);
  return transport.send(mail(), never).catch((error: unknown) => error);
}

test('a mail is taken with its headers, text and HTML', async () => {
  const { sendgrid, transport } = await open();
  const sent = mail();
  await transport.send(sent, never);
  expect(sendgrid.taken.map((one) => one.mail)).toMatchObject([
    {
      personalizations: [
        {
          to: [{ email: 'ana@example.org' }],
          headers: {
            'Message-ID': threading.messageId(ROW, KEY, 'ana@example.org'),
            'In-Reply-To': '<1@acme.dev>',
            References: '<1@acme.dev>',
            'Auto-Submitted': 'auto-replied',
            'X-Auto-Response-Suppress': 'All',
          },
        },
      ],
      from: { name: 'Shellbox', email: ADDRESS },
      reply_to: { email: sent.replyTo },
      subject: 'Re: spinup mybox',
      content: [
        { type: 'text/plain', value: sent.text },
        { type: 'text/html', value: sent.html },
      ],
    },
  ]);
});

test('nothing is measured, and the headers of the mail are not those of the request', async () => {
  const { sendgrid, transport } = await open();
  await transport.send(mail(), never);
  const { mail: taken, requestHeaders } = sendgrid.taken[0] ?? {};
  expect(taken?.tracking_settings).toMatchObject({
    click_tracking: { enable: false, enable_text: false },
    open_tracking: { enable: false },
    subscription_tracking: { enable: false },
  });
  expect(Object.keys(requestHeaders ?? {})).not.toContain('message-id');
});

test('a long log is attached', async () => {
  const { sendgrid, transport } = await open();
  const log = Array.from({ length: 31 }, () => ({ at: '', label: 'größer', state: 'done' as const }));
  const entries = [{ line: 'spinup mybox', reply: say('Ready.'), log, box: 'mybox' }];
  await transport.send(mail({ body: { kind: 'transcript', entries } }), never);
  const [attached] = sendgrid.taken[0]?.mail.attachments ?? [];
  expect(attached).toMatchObject({ filename: 'mybox.log', type: 'text/plain', disposition: 'attachment' });
  expect(Buffer.from(attached?.content ?? '', 'base64').toString()).toContain('✓ größer\n');
});

test('what looks like a placeholder stays as it is', async () => {
  const { sendgrid, transport } = await open();
  const body = { kind: 'reply', reply: say(code('{{name}} -name- %name%')) } as const;
  await transport.send(mail({ body }), never);
  expect(sendgrid.taken[0]?.mail.content[0]?.value).toBe('    {{name}} -name- %name%\n');
});

test.each([400, 401, 403, 404, 413])('a %i is for ever', async (status) => {
  expect(await failure({ kind: 'status', status })).toBeInstanceOf(MailRefused);
});

test.each([408, 500, 502, 503])('after a %i nobody knows', async (status) => {
  expect(await failure({ kind: 'status', status })).toMatchObject({ code: 'mail_unanswered' });
});

test.each([
  ['for as long as SendGrid says', { kind: 'wait', retryAfterSeconds: 7 }, 7_000],
  ['until the second that SendGrid names', { kind: 'wait', resetAtSeconds: NOW.getTime() / 1000 + 20 }, 20_000],
  ['for a minute when that second is over', { kind: 'wait', resetAtSeconds: 1 }, 60_000],
  ['for a quarter of an hour at most', { kind: 'wait', retryAfterSeconds: 86_400 }, 900_000],
] as const)('a 429 waits %s', async (_, fault, retryAfterMs) => {
  const error = await failure(fault);
  expect(error).toBeInstanceOf(RateLimited);
  expect(error).toMatchObject({ retryAfterMs });
});

test('a mail that is too large, or sent with a wrong key, is for ever', async () => {
  const small = await open({ maximumBytes: 500 });
  await expect(small.transport.send(mail(), never)).rejects.toThrow(MailRefused);
  const wrong = await open({ apiKey: 'SG.wrong' });
  await expect(wrong.transport.send(mail(), never)).rejects.toThrow(MailRefused);
});

test('nobody knows about a mail whose answer was lost, and its second copy has the same Message-ID', async () => {
  const { sendgrid, transport } = await open();
  sendgrid.failNext({ kind: 'taken' });
  await expect(transport.send(mail(), never)).rejects.toMatchObject({ code: 'mail_unanswered' });
  await transport.send(mail(), never);
  const [first, second] = sendgrid.taken.map((one) => one.mail);
  expect(second).toEqual(first);
});

test('whoever gives up waits no longer', async () => {
  const { sendgrid, transport } = await open({ timeoutMs: 600_000 });
  const { met } = sendgrid.failNext({ kind: 'hang' });
  const control = new AbortController();
  const sending = transport.send(mail(), control.signal);
  await met;
  control.abort();
  await expect(sending).rejects.toMatchObject({ code: 'mail_unanswered' });
});

test('an answer that does not come is given up after a time', async () => {
  const { sendgrid, transport } = await open({ timeoutMs: 200 });
  sendgrid.failNext({ kind: 'hang' });
  await expect(transport.send(mail(), never)).rejects.toMatchObject({ code: 'mail_unanswered' });
});

test('the key is in no failure, whatever went wrong', async () => {
  const { sendgrid, transport } = await open();
  await sendgrid.close();
  const failures = [
    await transport.send(mail(), never).catch((error: unknown) => error),
    await failure({ kind: 'status', status: 500 }),
    await failure({ kind: 'taken' }),
    await failure({ kind: 'wait', retryAfterSeconds: 1 }),
  ];
  expect(failures).toHaveLength(4);
  for (const each of failures) expect(inspect(each, { depth: 10, showHidden: true })).not.toContain(sendgrid.apiKey);
});
