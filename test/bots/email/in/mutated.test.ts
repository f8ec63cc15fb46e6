// Ten thousand damaged and doctored mails: none crashes the reader, runs what was quoted, or passes for somebody's.
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import type { ReadMail } from '../../../../src/bots/email/in/read-mail.ts';
import { createMailReader } from '../../../../src/bots/email/in/reader.ts';
import { amount, within } from '../../../fuzz/tries.ts';
import { arrived, CORPUS, commandsOf, corpusMail, noDns } from './corpus.ts';
import { longestWorkWhile } from './loop-blocks.ts';

const BATCH = 25;
const LONGEST_BLOCK_MS = 100;
const reader = createMailReader({ resolve: noDns, ownHost: 'box.acme.dev', ownAddress: 'box@acme.dev' });
afterAll(() => reader.close());

const TOKENS = [
  '\r\n',
  '\n',
  '\r',
  '\r\n\r\n',
  '\0',
  ' ',
  '\t',
  '>',
  '<',
  '"',
  '(',
  ')',
  ',',
  ';',
  ':',
  '@',
  '\\',
  '=?utf-8?Q?=40?=',
  '\u200b',
  '=',
  '--',
  '> ',
  '\r\nFrom: eve@example.org\r\n',
  'From: Bob <bob@acme.dev>\r\n',
  '\r\nfrom : eve@example.org\r\n',
  ' <eve@example.org>',
  ', eve@example.org',
  '\r\nSubject: destroy mybox\r\n',
  'Content-Type: text/plain; format=flowed\r\n',
  'Content-Type: multipart/mixed; boundary="x"\r\n',
  'Content-Transfer-Encoding: base64\r\n',
  '--x\r\n',
  'stop mybox\r\n',
  'stop mybox',
  '\r\n.\r\n',
  '<blockquote>',
  '</blockquote>',
  '<!--',
  '-----BEGIN PGP SIGNED MESSAGE-----\r\n',
  'On Monday wrote:\r\n',
  '=\r\n',
  '\xff\xfe',
  'é',
];

type Change = { at: number; cut: number; put: string };
const change: fc.Arbitrary<Change> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40 })),
  put: fc.oneof(
    fc.constantFrom('', ...TOKENS),
    fc.string({ maxLength: 6 }),
    fc.string({ unit: 'binary', maxLength: 6 }),
  ),
});
const name = fc.constantFrom(...CORPUS);

function changed(bytes: Buffer, changes: readonly Change[]): Buffer {
  return changes.reduce((mail, { at, cut, put }) => {
    const from = Math.floor(at * mail.length);
    return Buffer.concat([mail.subarray(0, from), Buffer.from(put), mail.subarray(from + cut)]);
  }, bytes);
}

/** Of one source no more may wait. */
const AT_ONCE = 20;

async function readAll(mails: readonly Buffer[]): Promise<ReadMail[]> {
  const read: ReadMail[] = [];
  for (let from = 0; from < mails.length; from += AT_ONCE) {
    const some = mails.slice(from, from + AT_ONCE);
    read.push(...(await Promise.all(some.map((bytes) => reader.read(arrived(bytes), AbortSignal.timeout(60_000))))));
  }
  return read;
}

/** By a reading of the bytes that has nothing in common with ours. */
function expectOnePlainAuthor(bytes: Buffer, { author }: ReadMail): void {
  if (author === undefined) return;
  const head = bytes.toString('utf8').split(/\r?\n\r?\n/)[0] ?? '';
  const fields = head.split(/\r?\n(?![ \t])/).filter((line) => /^from\s*:/i.test(line));
  expect(fields).toHaveLength(1);
  const value = (fields[0] ?? '')
    .replace(/\r?\n/g, '')
    .replace(/^from\s*:/i, '')
    .trim();
  const plain = value.replace(/"(?:[^"\\]|\\.)*"/g, '').replace(/=\?[^?]*\?[bq]\?[^?]*\?=/gi, '');
  expect(plain.toLowerCase().match(/[^\s<>]*@[^\s<>]*/g)).toEqual([author.address]);
  expect(plain).not.toMatch(/[,;:()]/);
}

/** What is run stands in the text above every quote mark. */
function expectNothingQuoted(mail: ReadMail): void {
  const lines = mail.text.split(/\r\n|[\r\n\u0085\u2028\u2029]/);
  const firstQuote = lines.findIndex((line) => /^\s*[>|]/.test(line));
  const above = [mail.subject, ...mail.keys, ...(firstQuote < 0 ? lines : lines.slice(0, firstQuote))].join('\n');
  for (const command of commandsOf(mail)) {
    for (const word of command.split(/[^A-Za-z]+/).filter((part) => part.length < 20))
      expect(`${above}\n${above.replaceAll('\n', '')}`).toContain(word);
  }
}

test('8,000 mails with anything cut, put in or broken', { timeout: within(300_000) }, async () => {
  const mutation = fc.tuple(name, fc.array(change, { minLength: 1, maxLength: 6 }));
  const longestMs = await longestWorkWhile(() =>
    fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: BATCH, maxLength: BATCH }), async (mutations) => {
        const mails = mutations.map(([file, changes]) => changed(corpusMail(file), changes));
        const read = await readAll(mails);
        for (const [at, mail] of read.entries()) {
          expectOnePlainAuthor(mails[at] ?? Buffer.alloc(0), mail);
          expectNothingQuoted(mail);
          expect(mail.proof.proven).toBe(false);
        }
      }),
      amount(8_000 / BATCH),
    ),
  );
  expect(longestMs).toBeLessThan(LONGEST_BLOCK_MS);
});

test('2,000 mails with other lines in their head and before their text: what was quoted stays quoted', {
  timeout: within(300_000),
}, async () => {
  // In the corpus, `destroy` is only ever in what is not the author's.
  const plain = CORPUS.filter((file) => /^content-type: text\/plain/im.test(headOf(corpusMail(file))));
  const innocent = TOKENS.filter((token) => !/destroy|content-/i.test(token));
  const line = fc
    .oneof(fc.constantFrom(...innocent), fc.string({ maxLength: 30 }))
    .map((text) => text.replace(/[\r\n]+/g, ' '));
  const header = fc
    .tuple(fc.stringMatching(/^X-[A-Za-z]{1,9}$/), line)
    .map(([field, value]) => `${field}: ${value.replaceAll('\0', '')}\r\n`);
  const mutation = fc.tuple(
    fc.constantFrom(...plain),
    fc.array(header, { maxLength: 4 }),
    fc.array(line, { maxLength: 5 }),
    fc.boolean(),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(mutation, { minLength: BATCH, maxLength: BATCH }), async (mutations) => {
      const mails = mutations.map(([file, headers, lines, twice]) => withMore(corpusMail(file), headers, lines, twice));
      for (const mail of await readAll(mails)) {
        expect(commandsOf(mail).filter((command) => /^destroy/i.test(command))).toEqual([]);
        expect(mail.author).toBeDefined();
      }
    }),
    amount(2_000 / BATCH),
  );
});

function headOf(mail: Buffer): string {
  return mail.subarray(0, mail.indexOf('\r\n\r\n')).toString('latin1');
}

/** Lines go before a text that is not encoded; `twice` puts all of it behind itself once more. */
function withMore(mail: Buffer, headers: readonly string[], lines: readonly string[], twice: boolean): Buffer {
  const end = mail.indexOf('\r\n\r\n') + 4;
  const isPlain = !/^content-transfer-encoding: (?:base64|quoted)/im.test(headOf(mail));
  const body = mail.subarray(end);
  const more = isPlain ? lines.map((line) => `${line}\r\n`).join('') : '';
  const behind = twice && isPlain && body.includes('destroy') ? body : Buffer.alloc(0);
  return Buffer.concat([Buffer.from(headers.join('')), mail.subarray(0, end), Buffer.from(more), body, behind]);
}
