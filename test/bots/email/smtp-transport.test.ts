// Mail over SMTP arrives whole and with the headers it was given; what a server refuses, puts off or leaves open is told apart.
import { createServer } from 'node:net';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { type ParsedMail, simpleParser } from 'mailparser';
import { expect, onTestFinished, test } from 'vitest';
import { RateLimited } from '../../../src/bots/door.ts';
import { answeringTo } from '../../../src/bots/email/place.ts';
import { createSmtpTransport } from '../../../src/bots/email/smtp-transport.ts';
import { MailRefused } from '../../../src/bots/email/transport.ts';
import { secret } from '../../../src/secret.ts';
import { code, say } from '../../../src/threads/reply.ts';
import { type Mailbox, startMailbox } from '../../fakes/mailbox.ts';
import { ADDRESS, KEY, mail, ROW, threading } from './mails.ts';

const never = new AbortController().signal;

interface Opening {
  login?: { user: string; password: string };
  timeoutMs?: number;
}

async function open({ timeoutMs, ...options }: Opening = {}) {
  const mailbox = await startMailbox(options);
  onTestFinished(() => mailbox.close());
  return {
    mailbox,
    transport: createSmtpTransport({ url: secret(mailbox.url), ...(timeoutMs === undefined ? {} : { timeoutMs }) }),
  };
}

async function newest(mailbox: Mailbox): Promise<ParsedMail> {
  return simpleParser(mailbox.mails.at(-1)?.raw ?? '');
}

function headLines(mailbox: Mailbox): string[] {
  const raw = mailbox.mails.at(-1)?.raw.toString('latin1') ?? '';
  return raw.slice(0, raw.indexOf('\r\n\r\n')).split('\r\n');
}

test('a mail arrives with its headers, from nobody, in text and HTML', async () => {
  const { mailbox, transport } = await open();
  const sent = mail({
    first: answeringTo({ subject: 'spinup mybox', messageId: '<2@x>', inReplyTo: [], references: ['<1@x>'] }),
  });
  await transport.send(sent, never);
  expect(mailbox.mails).toMatchObject([{ from: '', to: ['ana@example.org'] }]);
  const { from, to, replyTo, subject, messageId, inReplyTo, references, date, text, html } = await newest(mailbox);
  expect({ subject, messageId, inReplyTo, references, date }).toEqual({
    subject: 'Re: spinup mybox',
    messageId: threading.messageId(ROW, KEY, 'ana@example.org'),
    inReplyTo: '<2@x>',
    references: ['<1@x>', '<2@x>'],
    date: new Date('2026-11-02T13:02:07.000Z'),
  });
  expect([from?.text, replyTo?.text]).toEqual([
    `"Shellbox" <${ADDRESS}>`,
    threading.replyAddress(KEY, 'ana@example.org'),
  ]);
  expect(Array.isArray(to) ? undefined : to?.text).toBe('ana@example.org');
  expect([text, html]).toEqual([sent.text, sent.html]);
  expect(headLines(mailbox)).toEqual(
    expect.arrayContaining(['Auto-Submitted: auto-replied', 'X-Auto-Response-Suppress: All']),
  );
});

test.each([107, 2_000])(
  'a pasted line of %i letters is not wrapped for the reader, and no longer on the wire than mail allows',
  async (size) => {
    const { mailbox, transport } = await open();
    const long = 'x'.repeat(size);
    await transport.send(mail({ body: { kind: 'reply', reply: say('A word', code(long)) } }), never);
    const raw = mailbox.mails[0]?.raw.toString('latin1') ?? '';
    expect(Math.max(...raw.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
    expect(raw).not.toContain('format=flowed');
    expect((await newest(mailbox)).text).toBe(`A word\n    ${long}\n`);
  },
);

test('a line with a single dot ends nothing', async () => {
  const { mailbox, transport } = await open();
  await transport.send(
    mail({ body: { kind: 'reply', reply: say('before\r\n.\r\nRCPT TO:<eve@example.org>') } }),
    never,
  );
  expect((await newest(mailbox)).text).toBe('before\n.\nRCPT TO:<eve@example.org>\n');
  expect(mailbox.mails).toHaveLength(1);
});

test('a long log is attached', async () => {
  const { mailbox, transport } = await open();
  const log = Array.from({ length: 31 }, () => ({ at: '', label: 'größer', state: 'done' as const }));
  const entries = [{ line: 'spinup mybox', reply: say('Ready.'), log, box: 'mybox' }];
  await transport.send(mail({ body: { kind: 'transcript', entries } }), never);
  const [attached] = (await newest(mailbox)).attachments;
  expect([attached?.filename, attached?.contentType]).toEqual(['mybox.log', 'text/plain']);
  expect(attached?.content.toString()).toContain('✓ größer\n');
});

test('the same mail has the same bytes when it is sent again', async () => {
  const { mailbox, transport } = await open();
  await transport.send(mail(), never);
  await transport.send(mail(), never);
  const [first, second] = mailbox.mails.map(({ raw }) => raw.toString());
  expect(second).toBe(first);
});

test('nothing in a subject or in the references becomes a header of its own', async () => {
  const { mailbox, transport } = await open();
  const nasty = fc.array(
    fc.constantFrom('\r\n', '\n', '\r', 'Bcc: eve@example.org', ' ', '<', '>', '\0', 'ü', '=?utf-8?Q?=0D=0ABcc:x?='),
    { maxLength: 8 },
  );
  await fc.assert(
    fc.asyncProperty(nasty, nasty, async (subject, reference) => {
      const parent = {
        subject: subject.join(''),
        messageId: reference.join(''),
        inReplyTo: [],
        references: [reference.join('')],
      };
      await transport.send(mail({ first: answeringTo(parent) }), never);
      const names = headLines(mailbox)
        .filter((line) => !/^\s/.test(line))
        .map((line) => line.split(':')[0]?.toLowerCase());
      const allowed = [
        'from',
        'to',
        'reply-to',
        'subject',
        'message-id',
        'in-reply-to',
        'references',
        'date',
        'auto-submitted',
        'x-auto-response-suppress',
        'mime-version',
        'content-type',
      ];
      for (const name of names) expect(allowed).toContain(name);
      expect(new Set(names).size).toBe(names.length);
      expect(mailbox.mails.at(-1)?.to).toEqual(['ana@example.org']);
    }),
    { numRuns: 25 },
  );
});

test.each(['recipient', 'mail'] as const)(
  'a refusal of the %s is for ever when it begins with 5, and for later with 4',
  async (at) => {
    const { mailbox, transport } = await open();
    mailbox.failNext({ kind: 'refuse', code: 550, at });
    await expect(transport.send(mail(), never)).rejects.toThrow(MailRefused);
    mailbox.failNext({ kind: 'refuse', code: 451, at });
    await expect(transport.send(mail(), never)).rejects.toThrow(RateLimited);
    await transport.send(mail(), never);
    expect(mailbox.mails).toHaveLength(1);
  },
);

test.each(['lost', 'taken'] as const)(
  'nobody knows about a mail whose connection broke (%s), and its second copy has the same Message-ID',
  async (kind) => {
    const { mailbox, transport } = await open();
    mailbox.failNext({ kind });
    await expect(transport.send(mail(), never)).rejects.toMatchObject({ code: 'mail_unanswered' });
    await transport.send(mail(), never);
    const ids = await Promise.all(mailbox.mails.map(async ({ raw }) => (await simpleParser(raw)).messageId));
    expect(ids).toHaveLength(kind === 'taken' ? 2 : 1);
    expect(new Set(ids).size).toBe(1);
  },
);

test('a server that is not there is named with host and port, and is tried again', async () => {
  const { mailbox, transport } = await open({ login: { user: 'shellbox', password: 'correct-horse' } });
  await mailbox.close();
  const error: unknown = await transport.send(mail(), never).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: 'mail_unreachable',
    message: `The SMTP server at 127.0.0.1 port ${mailbox.port} refused the connection.`,
    remedy: 'Start it, or correct SMTP_URL.',
  });
  expect(error).not.toBeInstanceOf(MailRefused);
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('horse');
});

test.each([
  ['smtp://ana:correct-horse@mail.invalid', 587],
  ['smtps://ana:correct-horse@mail.invalid', 465],
])('a host that is not known is named: %s', async (url, port) => {
  const error: unknown = await createSmtpTransport({ url: secret(url) })
    .send(mail(), never)
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: 'mail_unreachable',
    message: `The SMTP server at mail.invalid port ${port} is not known: there is no such host.`,
  });
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('horse');
});

test('whoever gives up waits no longer, and the connection ends', async () => {
  const { mailbox, transport } = await open({ timeoutMs: 600_000 });
  const { met } = mailbox.failNext({ kind: 'hang' });
  const control = new AbortController();
  const sending = transport.send(mail(), control.signal);
  await met;
  control.abort();
  await expect(sending).rejects.toMatchObject({ code: 'mail_unanswered' });
  await expect.poll(() => mailbox.connections()).toBe(0);
});

test('a server that says nothing is given up after a time', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void silent.close());
  await new Promise((resolve) => silent.once('listening', resolve));
  const address = silent.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const transport = createSmtpTransport({ url: secret(`smtp://127.0.0.1:${port}`), timeoutMs: 200 });
  await expect(transport.send(mail(), never)).rejects.toMatchObject({
    code: 'mail_unreachable',
    message: `The SMTP server at 127.0.0.1 port ${port} does not answer.`,
  });
});

test('name and password of the URL are used, and a wrong password is told apart without being told', async () => {
  const { mailbox, transport } = await open({ login: { user: 'shellbox', password: 'correct-horse' } });
  await transport.send(mail(), never);
  expect(mailbox.mails).toHaveLength(1);
  const wrong = createSmtpTransport({ url: secret(mailbox.url.replace('correct-horse', 'wrong-horse')) });
  const error: unknown = await wrong.send(mail(), never).catch((thrown: unknown) => thrown);
  // The operator's fault, not the mail's: it is tried again.
  expect(error).toMatchObject({
    code: 'mail_unreachable',
    message: expect.stringContaining('does not take the name and password.'),
  });
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('horse');
});
