// The SMTP listener, with nodemailer and with a bare socket as its clients.
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createTransport } from 'nodemailer';
import { afterEach, describe, expect, test } from 'vitest';
import type { RawMail } from '../../../../src/bots/email/in/raw-mail.ts';
import { type SmtpListener, type SmtpOptions, startSmtp } from '../../../../src/bots/email/in/smtp.ts';
import type { Logger } from '../../../../src/log.ts';

const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} };
const MAIL = 'From: ana@acme.dev\r\nTo: box@acme.dev\r\nSubject: list\r\n\r\nlist\r\n';
const open: SmtpListener[] = [];
const held: Socket[] = [];

afterEach(async () => {
  for (const socket of held.splice(0)) socket.destroy();
  await Promise.all(open.splice(0).map((listener) => listener.close()));
});

async function start(more: Partial<SmtpOptions> = {}): Promise<{ port: number; taken: RawMail[] }> {
  const taken: RawMail[] = [];
  const take = async (mail: RawMail): Promise<void> => {
    taken.push(mail);
  };
  const listener = await startSmtp({
    host: '127.0.0.1',
    port: 0,
    ownHost: 'box.acme.dev',
    ownAddress: 'box@acme.dev',
    trusted: [],
    take,
    logger: quiet,
    ...more,
  });
  open.push(listener);
  return { port: listener.port, taken };
}

async function send(
  port: number,
  to: string | string[] = 'box@acme.dev',
  raw = MAIL,
  from = 'ana@acme.dev',
): Promise<string> {
  const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true, name: 'mail.acme.dev' });
  try {
    return (await transport.sendMail({ envelope: { from, to }, raw })).response;
  } catch (error) {
    return String(Reflect.get(error as Error, 'response') ?? error);
  } finally {
    transport.close();
  }
}

/** Says one line after the other, each when the one before was answered; the answers' last lines. */
async function talk(port: number, lines: readonly string[]): Promise<string[]> {
  const socket = connect(port, '127.0.0.1');
  const heard: string[] = [];
  const waiting = [...lines, 'QUIT'];
  for await (const line of createInterface({ input: socket })) {
    if (/^\d{3}-/.test(line)) {
      heard.push(line);
      continue;
    }
    heard.push(line);
    const next = waiting.shift();
    if (next === undefined) socket.end();
    else socket.write(`${next}\r\n`);
  }
  return heard;
}

const ENVELOPE = ['MAIL FROM:<ana@acme.dev>', 'RCPT TO:<box@acme.dev>', 'DATA', `${MAIL}.`];

describe('a mail to us', () => {
  test('is taken with its bytes, its envelope and its client', async () => {
    const { port, taken } = await start();
    expect(await send(port, ['box@acme.dev', 'Box+k7x2@acme.dev'])).toMatch(/^250 /);
    expect(taken).toEqual([
      {
        bytes: Buffer.from(MAIL),
        clientIp: '127.0.0.1',
        helo: 'mail.acme.dev',
        envelopeFrom: 'ana@acme.dev',
        envelopeTo: ['box@acme.dev', 'Box+k7x2@acme.dev'],
        via: 'smtp',
      },
    ]);
  });

  test('from the null sender has the envelope of one', async () => {
    const { port, taken } = await start();
    await send(port, 'box@acme.dev', MAIL, '');
    expect(taken[0]?.envelopeFrom).toBe('');
  });

  test('keeps bytes that are no UTF-8, and lines that begin with a dot', async () => {
    const { port, taken } = await start();
    await talk(port, ['EHLO x', ...ENVELOPE.slice(0, 3), 'Subject: x\r\n\r\n..dot\r\n.']);
    expect(taken[0]?.bytes.toString('latin1')).toBe('Subject: x\r\n\r\n.dot\r\n');
  });

  test('cannot smuggle a second one behind an end of lines that is none', async () => {
    const { port, taken } = await start();
    const inside = '\n.\nMAIL FROM:<eve@acme.dev>\nRCPT TO:<box@acme.dev>\nDATA\nSubject: destroy\n';
    await talk(port, ['EHLO x', ...ENVELOPE.slice(0, 3), `Subject: x\r\n\r\nlist${inside}\r\n.`]);
    expect(taken).toHaveLength(1);
    expect(taken[0]?.envelopeFrom).toBe('ana@acme.dev');
  });
});

describe('is refused', () => {
  test.each(['bob@acme.dev', 'box@evil.example', 'box@acme.dev.evil.example', 'postmaster@acme.dev'])(
    'a mail to %s',
    async (to) => {
      const { port, taken } = await start();
      expect(await send(port, to)).toMatch(/^550 5\.1\.1/);
      expect(taken).toEqual([]);
    },
  );

  test('one that is too large, announced or not', async () => {
    const { port, taken } = await start({ maximumBytes: 1_000 });
    expect(await send(port, 'box@acme.dev', MAIL + 'x'.repeat(2_000))).toMatch(/^552 /);
    const heard = await talk(port, ['EHLO x', ...ENVELOPE.slice(0, 3), `Subject: x\r\n\r\n${'x'.repeat(2_000)}\r\n.`]);
    expect(heard.some((line) => line.startsWith('552 '))).toBe(true);
    expect(taken).toEqual([]);
  });

  test('whoever wants to log in, or to encrypt where there is no certificate', async () => {
    const { port } = await start();
    const heard = await talk(port, ['EHLO x', 'AUTH PLAIN AGFuYQBzZWNyZXQ=', 'STARTTLS']);
    expect(heard.join('\n')).not.toMatch(/^250[- ](?:AUTH|STARTTLS)/m);
    expect(heard.filter((line) => line.startsWith('500 '))).toHaveLength(2);
  });

  test('a second listener on the same port, by a sentence', async () => {
    const { port } = await start();
    await expect(start({ port })).rejects.toMatchObject({ code: 'port_taken' });
  });
});

test('a mail that could not be written down is asked for again', async () => {
  let broken = true;
  const { port } = await start({
    async take() {
      if (broken) throw new Error('database away');
    },
  });
  expect(await send(port)).toMatch(/^451 4\.3\.0/);
  broken = false;
  expect(await send(port)).toMatch(/^250 /);
});

test('a mail that takes too long to write down is asked for again', async () => {
  const take = (_: RawMail, signal: AbortSignal): Promise<void> =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const { port } = await start({ take, takeDeadlineMs: 20 });
  expect(await send(port)).toMatch(/^451 /);
});

test('closing waits until a mail under way has its answer', async () => {
  const begun = Promise.withResolvers<void>();
  const written = Promise.withResolvers<void>();
  const { port } = await start({
    async take() {
      begun.resolve();
      await written.promise;
    },
  });
  const answer = send(port);
  await begun.promise;
  const closed = open.splice(0)[0]?.close();
  written.resolve();
  expect(await answer).toMatch(/^250 /);
  await closed;
});

describe('who sent it', () => {
  const XFORWARD = 'XFORWARD NAME=mail.acme.dev ADDR=192.0.2.1 HELO=mail.acme.dev';

  test.each([
    ['XCLIENT', ['EHLO relay', 'XCLIENT ADDR=192.0.2.1 HELO=mail.acme.dev', 'EHLO relay', ...ENVELOPE]],
    ['XFORWARD', ['EHLO relay', XFORWARD, ...ENVELOPE]],
  ])('is said by a trusted relay, by %s', async (_, lines) => {
    const { port, taken } = await start({ trusted: ['127.0.0.1'] });
    await talk(port, lines);
    expect(taken).toMatchObject([{ clientIp: '192.0.2.1', helo: 'mail.acme.dev' }]);
  });

  test('is said by nobody else', async () => {
    const { port, taken } = await start({ trusted: ['192.0.2.99'] });
    const heard = await talk(port, ['EHLO relay', 'XCLIENT ADDR=192.0.2.1', XFORWARD, ...ENVELOPE]);
    expect(heard.filter((line) => line.startsWith('550 '))).toHaveLength(2);
    expect(taken).toMatchObject([{ clientIp: '127.0.0.1' }]);
  });

  test('is not known when a trusted relay does not say, or no longer says', async () => {
    const { port, taken } = await start({ trusted: ['127.0.0.1'] });
    await talk(port, ['EHLO relay', ...ENVELOPE]);
    await talk(port, ['EHLO relay', XFORWARD, ...ENVELOPE, 'XFORWARD ADDR=[UNAVAILABLE]', ...ENVELOPE]);
    expect(taken.map(({ clientIp }) => clientIp)).toEqual([undefined, '192.0.2.1', undefined]);
  });

  test('is said of one mail, and not of the next on the same connection, or of one that was given up', async () => {
    const { port, taken } = await start({ trusted: ['127.0.0.1'] });
    await talk(port, ['EHLO relay', XFORWARD, ...ENVELOPE, ...ENVELOPE]);
    await talk(port, ['EHLO relay', XFORWARD, 'MAIL FROM:<x@acme.dev>', 'RSET', ...ENVELOPE]);
    expect(taken.map(({ clientIp }) => clientIp)).toEqual(['192.0.2.1', undefined, undefined]);
  });
});

test('a mail whose client breaks off is not taken, and is no fault of ours', async () => {
  const said: string[] = [];
  const gone = Promise.withResolvers<void>();
  const logger: Logger = {
    ...quiet,
    warn: (_, message) => void said.push(message),
    debug: (_, message) => (message.includes('broke off') ? gone.resolve() : undefined),
  };
  const { port, taken } = await start({ logger });
  const socket = connect(port, '127.0.0.1');
  createInterface({ input: socket }).on('line', (line) => {
    if (line.startsWith('220')) socket.write(`HELO x\r\n${ENVELOPE.slice(0, 3).join('\r\n')}\r\n`);
    if (line.startsWith('354')) socket.write('Subject: list\r\n\r\nlist\r\n', () => socket.destroy());
  });
  await gone.promise;
  expect([taken, said]).toEqual([[], []]);
});

describe('one network', () => {
  /** Connects, and says what it was greeted with; the connection stays. */
  async function greeted(port: number, localAddress = '127.0.0.1'): Promise<string> {
    const socket = connect({ port, host: '127.0.0.1', localAddress });
    socket.on('error', () => undefined);
    held.push(socket);
    for await (const line of createInterface({ input: socket })) return line;
    return 'closed';
  }

  test('has so many connections, and a trusted relay as many as it likes', async () => {
    const strict = await start({ maxClientsOfOne: 2 });
    const greetings = [await greeted(strict.port), await greeted(strict.port), await greeted(strict.port)];
    expect(greetings.map((line) => line.slice(0, 3))).toEqual(['220', '220', '421']);
    const { port } = await start({ maxClientsOfOne: 2, trusted: ['127.0.0.1'] });
    expect([await greeted(port), await greeted(port), await greeted(port)].map((line) => line.slice(0, 3))).toEqual([
      '220',
      '220',
      '220',
    ]);
  });

  test('keeps neither relays nor other networks out, however many connections it holds', async () => {
    const { port } = await start({ maxClients: 2, trusted: ['127.0.0.1'] });
    const first = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' });
    const gone = once(first, 'close');
    await once(first, 'data');
    const greetings = ['127.0.0.2', '127.0.0.1', '127.0.0.1', '127.0.0.3'].map((address) => greeted(port, address));
    for (const line of await Promise.all(greetings)) expect(line).toMatch(/^220 /);
    await gone;
  });

  test('is not the one that a trusted relay speaks of', async () => {
    const { port, taken } = await start({ maxClientsOfOne: 1, trusted: ['127.0.0.1'] });
    const forward = 'XFORWARD NAME=x ADDR=192.0.2.1 HELO=x';
    await Promise.all([1, 2, 3].map(() => talk(port, ['EHLO relay', forward, ...ENVELOPE])));
    expect(taken).toHaveLength(3);
  });

  test('has its share of the bytes that are taken in at a time, and all have theirs', async () => {
    for (const more of [{ maximumBytesInAll: 8_000 }, { maximumBytesInAll: 2_000, trusted: ['127.0.0.1'] }]) {
      const written = Promise.withResolvers<void>();
      const begun = Promise.withResolvers<void>();
      const take = async (): Promise<void> => {
        begun.resolve();
        await written.promise;
      };
      const { port } = await start({ ...more, take });
      const first = send(port, 'box@acme.dev', MAIL + 'x'.repeat(1_500));
      await begun.promise;
      expect(await send(port, 'box@acme.dev', MAIL + 'x'.repeat(1_500))).toMatch(/^451 /);
      written.resolve();
      expect(await first).toMatch(/^250 /);
      expect(await send(port, 'box@acme.dev', MAIL + 'x'.repeat(1_500))).toMatch(/^250 /);
    }
  });
});

test('a connection that goes on and on is ended', async () => {
  const { port } = await start({ connectionDeadlineMs: 50 });
  const socket = connect(port, '127.0.0.1');
  const chatter = setInterval(() => socket.write('NOOP\r\n'), 5);
  socket.on('error', () => undefined).resume();
  await new Promise((resolve) => socket.once('close', resolve));
  clearInterval(chatter);
});

test('a stranger’s connection that brings no mail is ended sooner', async () => {
  const { port } = await start({ idleDeadlineMs: 50 });
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  await once(socket.resume(), 'close');
});

test.skipIf(spawnSync('openssl', ['version']).error !== undefined)(
  'with a certificate the way is encrypted',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'shellbox-smtp-'));
    try {
      execFileSync(
        'openssl',
        [
          'req',
          '-x509',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:prime256v1',
          '-nodes',
          '-days',
          '2',
          '-subj',
          '/CN=box.acme.dev',
          '-keyout',
          join(folder, 'key'),
          '-out',
          join(folder, 'cert'),
        ],
        { stdio: 'ignore' },
      );
      const [key, cert] = ['key', 'cert'].map((name) => readFileSync(join(folder, name), 'utf8'));
      if (key === undefined || cert === undefined) throw new Error('no certificate');
      const { port, taken } = await start({ certificate: { key, cert } });
      const transport = createTransport({
        host: '127.0.0.1',
        port,
        requireTLS: true,
        tls: { ca: cert, servername: 'box.acme.dev' },
      });
      await transport.sendMail({ envelope: { from: 'ana@acme.dev', to: 'box@acme.dev' }, raw: MAIL });
      transport.close();
      expect(taken).toHaveLength(1);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
