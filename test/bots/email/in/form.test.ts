// SendGrid's forms: who may post them, the raw mail in them byte for byte, and the fields it makes of one.
import { generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { type ParsedForm, type ReadForm, readForm } from '../../../../src/bots/email/in/form.ts';
import { mailOfForm } from '../../../../src/bots/email/in/parsed-form.ts';
import { createMailReader } from '../../../../src/bots/email/in/reader.ts';
import { isFromSendGrid, isSecret } from '../../../../src/bots/email/in/signature.ts';
import { commandsOf, corpusMail, EXPECTED } from './corpus.ts';
import { longestWorkWhile } from './loop-blocks.ts';
import { mailOf, resolverOf, signed } from './signed-mail.ts';

const NOW = new Date('2026-11-16T13:02:07Z');
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEzmdszx/VzptZMG+TfThldmZW/8c57oadh3pLuLlBXe ana@laptop';

type Fields = Readonly<Record<string, string | Buffer | File>>;

async function posted(fields: Fields, headers: Record<string, string> = {}) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (value instanceof File) form.append(name, value);
    else form.append(name, typeof value === 'string' ? value : `raw:${name}`);
  }
  const response = new Response(form);
  let body = Buffer.from(await response.arrayBuffer());
  for (const [name, value] of Object.entries(fields)) {
    if (!Buffer.isBuffer(value)) continue;
    const at = body.indexOf(`raw:${name}`);
    body = Buffer.concat([body.subarray(0, at), value, body.subarray(at + `raw:${name}`.length)]);
  }
  return { headers: { 'content-type': response.headers.get('content-type') ?? '', ...headers }, body };
}

const ENVELOPE = '{"to":["box+k7x2@acme.dev"],"from":"ana@acme.dev"}';

describe('the raw mail', () => {
  test('comes out byte for byte, with its envelope and where it came from', async () => {
    const bytes = corpusMail('iso-8859-1-8bit.eml');
    const read = await readForm(
      await posted({ envelope: ENVELOPE, sender_ip: '192.0.2.1', dkim: '{@acme.dev : pass}', email: bytes }),
    );
    expect(read).toEqual({
      kind: 'raw',
      mail: {
        bytes,
        clientIp: '192.0.2.1',
        helo: undefined,
        envelopeFrom: 'ana@acme.dev',
        envelopeTo: ['box+k7x2@acme.dev'],
        via: 'sendgrid',
      },
    });
  });

  const reader = createMailReader({ resolve: resolverOf(), ownHost: 'box.acme.dev', ownAddress: 'box@acme.dev' });
  afterAll(() => reader.close());

  test('is proven by its own signature, whatever the form says of it', async () => {
    const proofs = [await signed(mailOf()), mailOf()].map(async (email) => {
      const read = await readForm(await posted({ email, dkim: '{@acme.dev : pass}', SPF: 'pass', envelope: ENVELOPE }));
      if (read.kind !== 'raw') throw new Error('not raw');
      return (await reader.read(read.mail, AbortSignal.timeout(30_000))).proof.proven;
    });
    expect(await Promise.all(proofs)).toEqual([true, false]);
  });

  test.each(['not json', '{}', '{"to":"x","from":1}', '[]', '{"to":["a@b.c"]}'])(
    'with the envelope %j is of an unknown sender',
    async (envelope) => {
      const read = await readForm(await posted({ envelope, email: 'Subject: x\r\n\r\n' }));
      expect(read).toMatchObject({ kind: 'raw', mail: { envelopeFrom: undefined, envelopeTo: [] } });
    },
  );

  test('of 20 MB is read without holding anybody up', async () => {
    const request = await posted({ email: Buffer.concat([mailOf(), Buffer.alloc(20 * 1024 * 1024, 'list\r\n')]) });
    let read: ReadForm | undefined;
    const longestMs = await longestWorkWhile(async () => {
      read = await readForm(request);
    });
    expect(read?.kind).toBe('raw');
    expect(longestMs).toBeLessThan(100);
  });
});

describe('what is no form of a mail', () => {
  test.each([
    ['not_a_form', { headers: { 'content-type': 'application/json' }, body: Buffer.from('{}') }],
    ['not_a_form', { headers: {}, body: Buffer.from('') }],
    [
      'not_a_form',
      {
        headers: { 'content-type': 'multipart/form-data; boundary=x' },
        body: Buffer.from('--x\r\nContent-Disposition: form-data; name="email"\r\n\r\ncut'),
      },
    ],
    [
      'too_large',
      { headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: Buffer.alloc(33 * 1024 * 1024) },
    ],
  ])('%s', async (reason, request) => {
    expect(await readForm(request)).toEqual({ kind: 'fault', reason });
  });

  test('one without a mail, and one with more fields than anybody sends', async () => {
    expect(await readForm(await posted({ text: 'stop mybox', from: 'ana@acme.dev' }))).toEqual({
      kind: 'fault',
      reason: 'no_mail',
    });
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`f${at}`, 'x']));
    expect(await readForm(await posted({ ...many, headers: 'From: ana@acme.dev' }))).toEqual({
      kind: 'fault',
      reason: 'too_large',
    });
  });
});

test('a damaged form is a form or none, and never an error', async () => {
  const whole = await posted({
    headers: 'From: ana@acme.dev',
    email: mailOf(),
    a1: new File(['x'], 'a.txt'),
    envelope: ENVELOPE,
  });
  const damage = fc.tuple(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.nat(60),
    fc.constantFrom('', '\r\n', '--', '"', '\0', ';', '=', '%', "''"),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 5 }), async (damages) => {
      const body = damages.reduce((bytes, [where, cut, put]) => {
        const at = Math.floor(where * bytes.length);
        return Buffer.concat([bytes.subarray(0, at), Buffer.from(put), bytes.subarray(at + cut)]);
      }, whole.body);
      expect((await readForm({ ...whole, body })).kind).toMatch(/^(?:raw|parsed|fault)$/);
    }),
    { numRuns: 1_000 },
  );
});

describe('the parsed form', () => {
  const HEADERS =
    'From: Ana <ana@acme.dev>\nTo: box@acme.dev\nSubject: =?utf-8?Q?Re:_spinup?=\nMessage-ID: <1@acme.dev>\nReferences: <a@x.y>\n <b@x.y>';

  async function parsed(more: Fields = {}): Promise<ParsedForm> {
    const read = await readForm(
      await posted({
        headers: HEADERS,
        text: 'stop mybox\n\n> destroy',
        subject: 'spinup',
        from: 'eve@evil.example',
        envelope: ENVELOPE,
        ...more,
      }),
    );
    if (read.kind !== 'parsed') throw new Error(read.kind);
    return read.form;
  }

  test('is a mail by its headers, not by the fields made of them', async () => {
    const mail = mailOfForm(await parsed());
    expect(mail).toMatchObject({
      author: { address: 'ana@acme.dev' },
      subject: 'Re: spinup',
      messageId: '<1@acme.dev>',
      references: ['<a@x.y>', '<b@x.y>'],
    });
    expect(commandsOf(mail)).toEqual(['stop mybox']);
  });

  test('of HTML alone is read as text', async () => {
    expect(
      commandsOf(mailOfForm(await parsed({ text: ' ', html: '<p>info</p><blockquote>stop</blockquote>' }))),
    ).toEqual(['info']);
  });

  test('brings public keys from attached files, and nothing else of them', async () => {
    const form = await parsed({
      attachment1: new File([KEY, '\n'], 'id.pub'),
      attachment2: new File(['stop mybox'], 'notes.txt'),
      attachment3: new File(['x'.repeat(20_000)], 'big.pub'),
    });
    expect(mailOfForm(form).keys).toEqual([KEY]);
  });

  test('tells of a private key among the files, and takes nothing of it', async () => {
    const key = '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ\n';
    const form = await parsed({ attachment1: new File([key], 'id_ed25519'), text: 'list' });
    expect(mailOfForm(form)).toMatchObject({ text: 'list', hasPrivateKey: true });
    expect(JSON.stringify(mailOfForm(form))).not.toContain('b3Bl');
  });

  test('with a text longer than is taken is not read', async () => {
    expect(mailOfForm(await parsed({ text: 'x'.repeat(600_000) }))).toMatchObject({
      author: { address: 'ana@acme.dev' },
      text: '',
      readable: false,
    });
  });

  test.each<[string, Fields]>([
    ['vendor', { dkim: 'none', SPF: 'pass' }],
    ['unsigned', { dkim: '{@acme.dev : pass}' }],
    ['unsigned', { dkim: '{@acme.dev : pass}', SPF: 'softfail' }],
    ['not_aligned', { SPF: 'pass', envelope: '{"to":["box@acme.dev"],"from":"eve@evil.example"}' }],
    ['unsigned', {}],
    ['no_author', { headers: `${HEADERS}\nFrom: eve@evil.example`, SPF: 'pass' }],
  ])(
    'is proven by the vendor’s aligned SPF, and not by a signature of which nobody says what it covers: %s, %j',
    async (expected, more) => {
      const { proof } = mailOfForm(await parsed(more));
      expect(proof.proven ? proof.by : proof.reason).toBe(expected);
    },
  );
});

describe('the signature', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const timestamp = String(NOW.getTime() / 1000);
  const body = Buffer.from('--x\r\n…\xff');

  function request(over: { timestamp?: string; body?: Buffer; signature?: string } = {}) {
    const at = over.timestamp ?? timestamp;
    const signature =
      over.signature ?? sign('sha256', Buffer.concat([Buffer.from(at), body]), privateKey).toString('base64');
    const headers = {
      'x-twilio-email-event-webhook-signature': signature,
      'x-twilio-email-event-webhook-timestamp': at,
    };
    return { headers, body: over.body ?? body };
  }

  test('of the vendor’s key over time and bytes is accepted', async () => {
    expect(await isFromSendGrid(request(), publicKey, NOW)).toBe(true);
  });

  test('is accepted for as long as the vendor tries again', async () => {
    const old = String(Number(timestamp) - 3 * 24 * 3600);
    expect(await isFromSendGrid(request({ timestamp: old }), publicKey, NOW)).toBe(true);
  });

  test.each([
    ['of changed bytes', request({ body: Buffer.from('--x\r\n') })],
    [
      'of another time',
      {
        ...request(),
        headers: { ...request().headers, 'x-twilio-email-event-webhook-timestamp': String(Number(timestamp) + 1) },
      },
    ],
    ['too old', request({ timestamp: String(Number(timestamp) - 5 * 24 * 3600) })],
    ['of the future', request({ timestamp: String(Number(timestamp) + 600) })],
    ['with no time', request({ timestamp: 'now' })],
    ['of nonsense', request({ signature: 'AAAA' })],
    ['too long', request({ signature: 'A'.repeat(10_000) })],
    ['that is missing', { headers: {}, body }],
  ])('%s is refused', async (_, forged) => {
    expect(await isFromSendGrid(forged, publicKey, NOW)).toBe(false);
  });

  test('by another key is refused', async () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(await isFromSendGrid(request(), other.publicKey, NOW)).toBe(false);
  });

  test('and the secret of the path are compared whole', () => {
    expect([
      isSecret('s3cret', 's3cret'),
      isSecret('s3cre', 's3cret'),
      isSecret('', 's3cret'),
      isSecret('', ''),
    ]).toEqual([true, false, false, false]);
  });
});

test('the corpus has what these tests take from it', () => {
  expect(EXPECTED['iso-8859-1-8bit.eml']?.commands).toEqual(['list']);
});
