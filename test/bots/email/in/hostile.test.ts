// Mails made to be slow, large or broken: the sender who is proven gets help, and the next mail is read.
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import type { ReadMail } from '../../../../src/bots/email/in/read-mail.ts';
import { createMailReader, type MailReaderOptions } from '../../../../src/bots/email/in/reader.ts';
import { eventually } from '../../../support/eventually.ts';
import { arrived, commandsOf } from './corpus.ts';
import { longestWorkWhile } from './loop-blocks.ts';
import { mailOf, PLAIN_HEAD, resolverOf, signed } from './signed-mail.ts';

const MIB = 1024 * 1024;
const SHORT: MailReaderOptions = {
  resolve: resolverOf(),
  ownHost: 'box.acme.dev',
  ownAddress: 'box@acme.dev',
  threads: 1,
};
const reader = createMailReader(SHORT);
afterAll(() => reader.close());

function read(bytes: Buffer, by = reader): Promise<ReadMail> {
  return by.read(arrived(bytes), AbortSignal.timeout(50_000));
}

function typed(type: string, body: string | Buffer): Buffer {
  const head = [
    ...PLAIN_HEAD.filter((line) => !line.startsWith('Subject')),
    'Subject: hello',
    'MIME-Version: 1.0',
    `Content-Type: ${type}`,
  ];
  return Buffer.concat([mailOf(head, ''), Buffer.from(body)]);
}

function parts(many: number, part: (at: number) => string): string {
  return `${Array.from({ length: many }, (_, at) => `--b\r\n${part(at)}\r\n`).join('')}--b--\r\n`;
}

function nestedMail(depth: number): string {
  return `${'Content-Type: message/rfc822\r\n\r\n'.repeat(depth)}Subject: x\r\n\r\ndestroy mybox\r\n`;
}

function nestedMultipart(depth: number): string {
  const open = Array.from(
    { length: depth },
    (_, at) => `--b${at}\r\nContent-Type: multipart/mixed; boundary="b${at + 1}"\r\n\r\n`,
  );
  return `${open.join('')}--b${depth}\r\n\r\nlist\r\n`;
}

describe('is read, and runs what its author wrote', () => {
  test.each<[string, string, () => string | Buffer]>([
    ['4 MB of HTML', 'text/html', () => `<p>list</p><hr>${'<p>stop &amp; go <b>now</b></p>'.repeat(140_000)}`],
    ['50,000 nested tags', 'text/html', () => `list${'<div><blockquote>'.repeat(25_000)}destroy mybox`],
    ['tags that never close', 'text/html', () => `list<br>${'<a href="'.repeat(100_000)}`],
    ['comments that never close', 'text/html', () => `list<br>${'<!--'.repeat(100_000)}`],
    ['a million angle brackets', 'text/html', () => `list<br>${'<'.repeat(1_000_000)}`],
    [
      'a zip bomb',
      'multipart/mixed; boundary=b',
      () =>
        parts(2, (at) =>
          at === 0
            ? 'Content-Type: text/plain\r\n\r\nlist'
            : `Content-Type: application/gzip; name=a.gz\r\nContent-Transfer-Encoding: base64\r\n\r\n${gzipSync(Buffer.alloc(64 * MIB)).toString('base64')}`,
        ),
    ],
    [
      'broken base64',
      'multipart/mixed; boundary=b',
      () =>
        parts(2, (at) =>
          at === 0
            ? 'Content-Type: text/plain\r\n\r\nlist'
            : 'Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n=\u0000%%%=A=A=',
        ),
    ],
    ['an unknown character set', 'text/plain; charset="x-nobody\\"; x="y"', () => 'list\r\n'],
    [
      'mails in a mail, 900 deep',
      'multipart/mixed; boundary=b',
      () => `--b\r\nContent-Type: text/plain\r\n\r\nlist\r\n--b\r\n${nestedMail(900)}\r\n--b--\r\n`,
    ],
    ['a boundary of nothing', 'multipart/mixed; boundary=""', () => ''],
    ['a line of 3 MB', 'text/plain', () => `list\r\n\r\n${'x '.repeat(1.5 * MIB)}`],
  ])('%s', async (name, type, body) => {
    const mail = await read(typed(type, body()));
    expect(mail.author?.address).toBe('ana@acme.dev');
    expect(mail.readable).toBe(true);
    expect(commandsOf(mail)[0]).toBe(name.startsWith('a boundary') ? undefined : 'list');
    expect(commandsOf(mail).join()).not.toContain('destroy');
  });
});

describe('is not read, but its proven author is known', () => {
  test.each<[string, string, () => string]>([
    ['30 MB', 'text/plain', () => 'list of what I need\r\n'.repeat(1.5 * MIB)],
    ['5,000 parts', 'multipart/mixed; boundary=b', () => parts(5_000, () => 'Content-Type: text/plain\r\n\r\nlist')],
    [
      'a part with a head without end',
      'multipart/mixed; boundary=b',
      () => parts(1, () => `X: ${'y'.repeat(3 * MIB)}`),
    ],
    ['multiparts 3,000 deep', 'multipart/mixed; boundary=b0', () => nestedMultipart(3_000)],
  ])('%s', async (_, type, body) => {
    const mail = await read(await signed(typed(type, body())));
    expect(mail).toMatchObject({ author: { address: 'ana@acme.dev' }, proof: { proven: true }, subject: 'hello' });
    expect(mail).toMatchObject({ text: '', keys: [], readable: false });
  });

  test('1,000 parts are read or answered with help', async () => {
    const mail = await read(
      await signed(
        typed(
          'multipart/mixed; boundary=b',
          parts(1_000, () => 'Content-Type: image/png\r\n\r\nlist'),
        ),
      ),
    );
    expect(mail).toMatchObject({ author: { address: 'ana@acme.dev' }, proof: { proven: true }, text: '' });
  });

  test('one that passes its deadline, whose thread is replaced', async () => {
    const hasty = createMailReader({ ...SHORT, deadlineMs: 0 });
    const mail = await read(await signed(typed('text/html', 'x<br>'.repeat(500_000))), hasty);
    expect(mail).toMatchObject({ author: { address: 'ana@acme.dev' }, proof: { proven: true }, readable: false });
    await hasty.close();
  });

  test('one that takes more memory than there is, and the next is read', async () => {
    const poor = createMailReader({ ...SHORT, memoryMiB: 48, maximumBytes: 64 * MIB });
    const mail = await read(await signed(typed('text/html', `list<br>${'<p>\u00e9</p>\r\n'.repeat(1.5 * MIB)}`)), poor);
    expect(mail).toMatchObject({ author: { address: 'ana@acme.dev' }, proof: { proven: true }, readable: false });
    expect(await read(mailOf(), poor)).toMatchObject({ text: 'list\n', readable: true });
    await poor.close();
  });
});

describe('nobody is known from', () => {
  test.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(MIB)],
    ['a head without end', mailOf([...PLAIN_HEAD, `X: ${'y'.repeat(300 * 1024)}`])],
    ['a lone carriage return in the head', mailOf([...PLAIN_HEAD, 'X: y\rFrom: eve@evil.example'])],
    ['a line of 6 MB', mailOf(PLAIN_HEAD, 'x'.repeat(6 * MIB))],
    ['more fields than anybody writes', mailOf([...PLAIN_HEAD, ...Array.from({ length: 60_000 }, () => 'a:')])],
    ['a NUL in the head', mailOf([...PLAIN_HEAD, 'X: y\0'])],
  ])('%s', async (_, bytes) => {
    expect(await read(bytes)).toMatchObject({ author: undefined, proof: { proven: false } });
  });
});

test('one whose thread fails before its head is told is not taken for a mail of nobody', async () => {
  const broken = createMailReader({ ...SHORT, memoryMiB: 4 });
  await expect(read(mailOf(), broken)).rejects.toMatchObject({ code: 'mail_unread', cause: expect.any(Error) });
  await broken.close();
  const late = createMailReader({ ...SHORT, proofDeadlineMs: 50, resolve: () => new Promise(() => undefined) });
  await expect(read(await signed(mailOf()), late)).rejects.toMatchObject({ code: 'mail_unread' });
  await late.close();
});

test('mails that wait behind a bad one are read after it, by a new thread', async () => {
  const hasty = createMailReader({ ...SHORT, deadlineMs: 1_000 });
  const bad = read(typed('text/html', '<p>x</p>'.repeat(500_000)), hasty);
  const good = await Promise.all(Array.from({ length: 20 }, () => read(mailOf(), hasty)));
  expect(good.map(({ text }) => text)).toEqual(good.map(() => 'list\n'));
  expect((await bad).author?.address).toBe('ana@acme.dev');
  await hasty.close();
});

test('a thread that has read many mails has nothing left of them', async () => {
  const warnings: Error[] = [];
  const warn = (warning: Error): void => void warnings.push(warning);
  process.on('warning', warn);
  const many = createMailReader(SHORT);
  const never = new AbortController();
  for (let at = 0; at < 30; at++) await many.read(arrived(mailOf()), never.signal);
  await many.close();
  process.off('warning', warn);
  expect(warnings).toEqual([]);
});

test('a reading ends with its signal, waiting or under way, and the reader goes on', async () => {
  const deaf = createMailReader({ ...SHORT, resolve: () => new Promise(() => undefined) });
  const [first, second] = [new AbortController(), new AbortController()];
  const underWay = deaf.read(arrived(await signed(mailOf())), first.signal);
  const waiting = deaf.read(arrived(mailOf()), second.signal);
  second.abort(new Error('no more waiting'));
  await expect(waiting).rejects.toThrow('no more waiting');
  first.abort(new Error('no more reading'));
  await expect(underWay).rejects.toThrow('no more reading');
  const last = deaf.read(arrived(await signed(mailOf())), AbortSignal.timeout(50_000));
  const ended = expect(last).rejects.toMatchObject({ code: 'closing' });
  await deaf.close();
  await ended;
  await expect(deaf.read(arrived(mailOf()), AbortSignal.timeout(1_000))).rejects.toMatchObject({ code: 'closing' });
});

test('mails of one network that wait for silent name servers leave a thread to everybody else', async () => {
  const asked = new Set<string>();
  const known = resolverOf();
  const half = createMailReader({
    ...SHORT,
    threads: 2,
    async resolve(name, type) {
      if (!name.includes('strict.dev')) return known(name, type);
      asked.add(name);
      return new Promise(() => undefined);
    },
  });
  const away = new AbortController();
  const slow = async (clientIp: string): Promise<ReadMail> => {
    const head = PLAIN_HEAD.map((line) => (line.startsWith('From') ? 'From: eve@strict.dev' : line));
    return half.read(arrived(await signed(mailOf(head), { domain: 'strict.dev' }), { clientIp }), away.signal);
  };
  const tarpit = ['2001:db8::1', '2001:db8::2', '2001:db8::3'].map((ip) => slow(ip).catch(() => 'aborted'));
  await eventually('they are being asked about', () => asked.size > 0);
  expect((await read(mailOf(), half)).text).toBe('list\n');
  away.abort();
  expect(await Promise.all(tarpit)).toEqual(['aborted', 'aborted', 'aborted']);
  await half.close();
});

describe('while mails of two networks wait for silent name servers', () => {
  const strict = PLAIN_HEAD.map((line) => (line.startsWith('From') ? 'From: eve@strict.dev' : line));
  const silent: MailReaderOptions = {
    ...SHORT,
    threads: 2,
    dnsDeadlineMs: 60_000,
    dnsBudgetMs: 60_000,
    proofDeadlineMs: 60_000,
    crowdedDnsMs: 200,
    resolve: (name, type) => (name.includes('strict.dev') ? new Promise(() => undefined) : resolverOf()(name, type)),
  };

  test('somebody else’s is read after one of each, and theirs are asked for again', async () => {
    const patient = createMailReader(silent);
    const away = new AbortController();
    const slow = await signed(mailOf(strict), { domain: 'strict.dev' });
    let answered = 0;
    const first = ['198.51.100.1', '198.51.100.2', '198.51.100.1', '198.51.100.2', '198.51.100.1', '198.51.100.2'].map(
      (clientIp) =>
        patient.read(arrived(slow, { clientIp }), away.signal).finally(() => {
          answered += 1;
        }),
    );
    const ended = Promise.allSettled(first);
    expect((await read(mailOf(), patient)).text).toBe('list\n');
    // First come, first read, it would be the seventh.
    expect(answered).toBeLessThan(5);
    const [one] = first;
    expect((await one)?.proof).toMatchObject({ reason: 'dns', temporary: true });
    away.abort(new Error('enough'));
    await ended;
    await patient.close();
  });

  test('so many of one source wait at most, and the next is to come again at once', async () => {
    const patient = createMailReader({ ...silent, mostOfOne: 1, crowdedDnsMs: 60_000 });
    const away = new AbortController();
    const slow = await signed(mailOf(strict), { domain: 'strict.dev' });
    const of = (clientIp: string): Promise<ReadMail> => patient.read(arrived(slow, { clientIp }), away.signal);
    const ended = Promise.allSettled([of('198.51.100.1'), of('198.51.100.1')]);
    await expect(of('198.51.100.1')).rejects.toMatchObject({ code: 'busy' });
    expect((await read(mailOf(), patient)).text).toBe('list\n');
    away.abort(new Error('enough'));
    await ended;
    await patient.close();
  });
});

test('all questions to DNS about one mail have one deadline together', async () => {
  let asked = 0;
  const deaf = createMailReader({
    ...SHORT,
    dnsDeadlineMs: 60_000,
    dnsBudgetMs: 100,
    resolve: () => {
      asked += 1;
      return new Promise(() => undefined);
    },
  });
  let mail = mailOf();
  for (let more = 0; more < 3; more++) mail = await signed(mail);
  const { proof } = await deaf.read(arrived(mail), AbortSignal.timeout(50_000));
  expect(proof).toMatchObject({ reason: 'dns', temporary: true });
  expect(asked).toBeGreaterThan(1);
  await deaf.close();
});

test('while 30 MB and 5,000 parts are read, this thread is never held up for 100 ms', async () => {
  const large = typed('text/plain', 'list of what I need\r\n'.repeat(1.5 * MIB));
  const many = typed(
    'multipart/mixed; boundary=b',
    parts(5_000, () => 'Content-Type: text/plain\r\n\r\nlist'),
  );
  await read(mailOf());
  const longestMs = await longestWorkWhile(() => Promise.all([read(large), read(many), read(large)]));
  expect(longestMs).toBeLessThan(100);
});
