// Which mails are proven to be from whom they say: with real signatures and SPF records over a table of names.
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { RawMail } from '../../../../src/bots/email/in/raw-mail.ts';
import { createMailReader, type MailReaderOptions } from '../../../../src/bots/email/in/reader.ts';
import { arrived } from './corpus.ts';
import { mailOf, PLAIN_HEAD, resolverOf, type Signing, signed } from './signed-mail.ts';

const OUTSIDE: Partial<RawMail> = { clientIp: '203.0.113.9', helo: 'relay.example', envelopeFrom: 'x@relay.example' };
const options: MailReaderOptions = { resolve: resolverOf(), ownHost: 'box.acme.dev', ownAddress: 'box@acme.dev' };
const reader = createMailReader(options);
afterAll(() => reader.close());

async function proofOf(bytes: Buffer, more: Partial<RawMail> = OUTSIDE, asked = reader): Promise<string> {
  const { proof } = await asked.read(arrived(bytes, more), AbortSignal.timeout(30_000));
  return proof.proven ? proof.by : `${proof.reason}${proof.temporary ? ', temporary' : ''}`;
}

function with_(changes: Readonly<Record<string, string>>): string[] {
  const kept = PLAIN_HEAD.filter((line) => !Object.keys(changes).some((name) => line.startsWith(`${name}:`)));
  return [...kept, ...Object.entries(changes).map(([name, value]) => `${name}: ${value}`)];
}

describe('a signature proves', () => {
  test.each<[string, Signing]>([
    ['by the same domain', {}],
    ['by a domain of the same organisation', { domain: 'mail.acme.dev' }],
    ['with all of the body counted', { coveredBytes: 6 }],
  ])('%s', async (_, signing) => {
    expect(await proofOf(await signed(mailOf(), signing))).toBe('dkim');
  });

  test('a mail that names us in Cc, by a plus-address', async () => {
    expect(await proofOf(await signed(mailOf(with_({ To: 'bob@acme.dev', Cc: 'Box <BOX+k7x2@acme.dev>' }))))).toBe(
      'dkim',
    );
  });

  test('although another one, by somebody else, stands above it', async () => {
    expect(await proofOf(await signed(await signed(mailOf()), { domain: 'evil.example' }))).toBe('dkim');
  });
});

describe('a signature proves nothing', () => {
  test('by another domain', async () => {
    expect(await proofOf(await signed(mailOf(), { domain: 'evil.example' }))).toBe('not_aligned');
  });

  test('by a neighbour under a public suffix', async () => {
    const head = with_({ From: 'ana@ana.github.io' });
    expect(await proofOf(await signed(mailOf(head), { domain: 'eve.github.io' }))).toBe('not_aligned');
  });

  test('by a subdomain, when the domain wants it strict', async () => {
    const head = with_({ From: 'ana@strict.dev' });
    expect(await proofOf(await signed(mailOf(head), { domain: 'sub.strict.dev' }))).toBe('not_aligned');
    expect(await proofOf(await signed(mailOf(head), { domain: 'strict.dev' }))).toBe('dkim');
  });

  test('when it counts less than the body (`l=`)', async () => {
    expect(await proofOf(await signed(mailOf(), { coveredBytes: 0 }))).toBe('body_not_covered');
    const appended = Buffer.concat([await signed(mailOf(), { coveredBytes: 6 }), Buffer.from('destroy mybox\r\n')]);
    expect(await proofOf(appended)).toBe('body_not_covered');
  });

  test('when the body or the subject was changed', async () => {
    const mail = (await signed(mailOf())).toString();
    expect(await proofOf(Buffer.from(mail.replace('\r\nlist', '\r\nstop')))).toBe('signature_failed');
    expect(await proofOf(Buffer.from(mail.replace('spinup mybox', 'destroy mybox')))).toBe('signature_failed');
  });

  test('when subject or author are not signed', async () => {
    expect(await proofOf(await signed(mailOf(), { fields: ['from', 'to', 'message-id'] }))).toBe('head_not_covered');
  });

  test.each([
    ['Content-Type', 'multipart/alternative; boundary="B1"'],
    ['Content-Transfer-Encoding', 'quoted-printable'],
    ['Date', 'Mon, 16 Nov 2026 14:02:07 +0100'],
  ])('when %s is there and not signed, because whoever sends it on may choose another', async (name, value) => {
    const mail = mailOf(with_({ [name]: value }));
    expect(await proofOf(await signed(mail, { fields: ['from', 'to', 'subject', 'message-id'] }))).toBe(
      'head_not_covered',
    );
    expect(await proofOf(await signed(mail))).toBe('dkim');
    const spf = { clientIp: '192.0.2.1', envelopeFrom: 'ana@acme.dev' };
    expect(await proofOf(await signed(mail, { fields: ['from', 'to', 'subject', 'message-id'] }), spf)).toBe('spf');
  });

  test('when there is no Message-ID that is signed, by which it could be known when it comes again', async () => {
    expect(await proofOf(await signed(mailOf(), { fields: ['from', 'to', 'subject'] }))).toBe('head_not_covered');
    const without = mailOf(PLAIN_HEAD.filter((line) => !line.startsWith('Message-ID')));
    expect(await proofOf(await signed(without))).toBe('head_not_covered');
    expect(await proofOf(await signed(mailOf(with_({ 'Message-ID': 'none' }))))).toBe('head_not_covered');
  });

  test('when it is older than what is remembered', async () => {
    const days = (many: number): Date => new Date(Date.now() - many * 86_400_000);
    expect(await proofOf(await signed(mailOf(), { at: days(6.9) }))).toBe('dkim');
    expect(await proofOf(await signed(mailOf(), { at: days(7.1) }))).toBe('too_old');
  });

  test('when a second subject was put above the signed one', async () => {
    const mail = await signed(mailOf());
    expect(await proofOf(Buffer.concat([Buffer.from('Subject: destroy mybox\r\n'), mail]))).toBe('repeated_field');
  });

  test('when the mail was to somebody else, or To is not signed', async () => {
    expect(await proofOf(await signed(mailOf(with_({ To: 'bob@acme.dev' }))))).toBe('not_for_us');
    for (const To of [
      'box@acme.dev.evil.example',
      '"box@acme.dev" <eve@evil.example>',
      'Eve (box@acme.dev) <eve@evil.example>',
      '"a, box@acme.dev, b" <eve@evil.example>',
      'eve@evil.example (, box@acme.dev)',
      '"a\\\\", box@acme.dev, "b" <eve@evil.example>, "',
      'group: box@acme.dev;',
    ])
      expect([To, await proofOf(await signed(mailOf(with_({ To }))))]).toEqual([To, 'not_for_us']);
    expect(await proofOf(await signed(mailOf(), { fields: ['from', 'subject', 'message-id'] }))).toBe('not_for_us');
  });

  test('by a short key, a key that is only tested, or no key', async () => {
    expect(await proofOf(await signed(mailOf(), { selector: 'weak' }))).toBe('signature_failed');
    expect(await proofOf(await signed(mailOf(), { selector: 'test' }))).toBe('signature_failed');
    expect(await proofOf(await signed(mailOf(), { selector: 'gone' }))).toBe('signature_failed');
  });

  test('below three others by the same organisation: each costs a question and a pass over the body', async () => {
    let mail = await signed(mailOf());
    for (let more = 0; more < 3; more++)
      mail = await signed(mail, { selector: `none${more}`, domain: 'mail.acme.dev' });
    expect(await proofOf(mail)).toBe('signature_failed');
  });

  test('by strangers, whose names are not even asked for', async () => {
    const asked: string[] = [];
    const resolve = resolverOf();
    const listening = createMailReader({
      ...options,
      resolve: (name, type) => {
        asked.push(name);
        return resolve(name, type);
      },
    });
    let mail = await signed(mailOf());
    for (let more = 0; more < 12; more++) mail = await signed(mail, { domain: `d${more}.evil.example` });
    const eve = { clientIp: '203.0.113.9', envelopeFrom: 'eve@evil.example' };
    expect(await proofOf(mail, eve, listening)).toBe('dkim');
    expect(asked.filter((name) => name.endsWith('evil.example'))).toEqual([]);
    await listening.close();
  });
});

test('an answer goes to the proven author, whoever else the mail names', async () => {
  const more = { 'Reply-To': 'eve@evil.example', Cc: 'eve@evil.example', 'Return-Path': '<eve@evil.example>' };
  const mail = await reader.read(arrived(await signed(mailOf(with_(more))), OUTSIDE), AbortSignal.timeout(30_000));
  expect(mail).toMatchObject({ author: { address: 'ana@acme.dev' }, proof: { proven: true } });
});

test('whatever a client says of itself, a good signature proves', { timeout: 120_000 }, async () => {
  const mail = await signed(mailOf());
  const word = fc.oneof(
    fc.constantFrom(
      '',
      '<>',
      '@',
      'a@',
      '@b',
      '<a@b>',
      'a@[127.0.0.1]',
      '::1',
      '300.1.1.1',
      '192.0.2.1',
      '2001:db8::1',
      '%{d}',
      'a@%{i}.b',
      `${'a.'.repeat(200)}b@${'c.'.repeat(200)}d`,
    ),
    fc.string({ maxLength: 40 }),
    fc.string({ unit: 'binary', maxLength: 10 }),
  );
  await fc.assert(
    fc.asyncProperty(word, word, word, async (clientIp, helo, envelopeFrom) => {
      expect(await proofOf(mail, { clientIp, helo, envelopeFrom })).toBe('dkim');
    }),
    { numRuns: 500 },
  );
});

describe('where a mail came from proves', () => {
  test('its author’s domain, and one of the same organisation', async () => {
    expect(await proofOf(mailOf(), { clientIp: '192.0.2.1', envelopeFrom: 'ana@acme.dev' })).toBe('spf');
    expect(await proofOf(mailOf(), { clientIp: '::ffff:192.0.2.1', envelopeFrom: 'b@bounces.acme.dev' })).toBe('spf');
  });

  test.each<[string, Partial<RawMail>]>([
    ['from elsewhere', { clientIp: '203.0.113.9', envelopeFrom: 'ana@acme.dev' }],
    ['when SPF passes for another domain', { clientIp: '192.0.2.1', envelopeFrom: 'eve@evil.example' }],
    ['when only the name of the client passes', { clientIp: '192.0.2.1', helo: 'acme.dev', envelopeFrom: '' }],
    ['when the envelope is not known', { clientIp: '192.0.2.1', envelopeFrom: undefined }],
    ['when the client is not known', { clientIp: undefined, envelopeFrom: 'ana@acme.dev' }],
  ])('nothing %s', async (_, more) => {
    expect(await proofOf(mailOf(), more)).toBe('unsigned');
  });

  test.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', '0.0.0.0', '10.0.0.5', '192.168.1.1', 'fd00::1'])(
    'nothing from this machine or its network (%s)',
    async (clientIp) => {
      expect(await proofOf(mailOf(with_({ From: 'ana@local.dev' })), { clientIp, envelopeFrom: 'ana@local.dev' })).toBe(
        'unsigned',
      );
    },
  );

  test('nothing by a subdomain, when the domain wants it strict', async () => {
    const mail = mailOf(with_({ From: 'ana@strict.dev' }));
    expect(await proofOf(mail, { clientIp: '203.0.113.9', envelopeFrom: 'x@sub.strict.dev' })).toBe('unsigned');
  });
});

describe('what is written in a mail proves nothing', () => {
  test.each([
    { 'Authentication-Results': 'box.acme.dev; dkim=pass header.d=acme.dev; spf=pass; dmarc=pass' },
    { 'ARC-Authentication-Results': 'i=1; box.acme.dev; dkim=pass header.d=acme.dev' },
    { 'Received-SPF': 'pass client-ip=192.0.2.1; envelope-from=ana@acme.dev' },
    { Received: 'from mail.acme.dev ([192.0.2.1]) by box.acme.dev; Mon, 16 Nov 2026 14:02:07 +0100' },
    { 'Return-Path': '<ana@acme.dev>' },
    { Sender: 'eve@evil.example' },
  ])('%j', async (more) => {
    expect(await proofOf(mailOf(with_(more)))).toBe('unsigned');
  });

  test('and no author is nobody, whoever signed', async () => {
    const mail = await signed(mailOf(with_({ From: '"ana@acme.dev" <eve@evil.example>' })), { domain: 'evil.example' });
    const read = await reader.read(arrived(mail, OUTSIDE), AbortSignal.timeout(30_000));
    expect(read).toMatchObject({
      author: undefined,
      authorFault: 'display_is_address',
      proof: { reason: 'no_author' },
    });
  });
});

describe('when DNS does not answer', () => {
  test.each<[string, string, Partial<RawMail>]>([
    ['the key', 's1._domainkey.acme.dev TXT', OUTSIDE],
    ['the SPF record', 'acme.dev TXT', { clientIp: '192.0.2.1', envelopeFrom: 'ana@acme.dev' }],
  ])('for %s, the mail may be proven later', async (_, question, more) => {
    const lame = createMailReader({ ...options, resolve: resolverOf(undefined, { [question]: 'ETIMEOUT' }) });
    const mail = question.startsWith('s1') ? await signed(mailOf()) : mailOf();
    expect(await proofOf(mail, more, lame)).toBe('dns, temporary');
    await lame.close();
  });

  test('a resolver that never answers is waited for no longer than its deadline', async () => {
    const deaf = createMailReader({ ...options, resolve: () => new Promise(() => undefined), dnsDeadlineMs: 50 });
    expect(await proofOf(await signed(mailOf()), OUTSIDE, deaf)).toBe('dns, temporary');
    await deaf.close();
  });

  test('a policy that is not known proves the very domain only', async () => {
    const broken = { '_dmarc.acme.dev TXT': 'ETIMEOUT', '_dmarc.mail.acme.dev TXT': 'ETIMEOUT' };
    const lame = createMailReader({ ...options, resolve: resolverOf(undefined, broken) });
    expect(await proofOf(await signed(mailOf()), OUTSIDE, lame)).toBe('dkim');
    expect(await proofOf(await signed(mailOf(), { domain: 'mail.acme.dev' }), OUTSIDE, lame)).toBe('dns, temporary');
    await lame.close();
  });
});
