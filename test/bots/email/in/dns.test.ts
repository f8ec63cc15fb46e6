// Names are asked of a name server, within a time, and what goes wrong is told by its code.
import { createSocket } from 'node:dgram';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerQuestion, systemResolver } from '../../../../src/bots/email/in/dns.ts';

const NXDOMAIN = 3;
const TXT = 16;
const server = createSocket('udp4');
let address = '';

/** A name server that knows one TXT record of `acme.dev`, and says nothing about `deaf.dev`. */
function answerTo(query: Buffer): Buffer | undefined {
  const end = query.indexOf(0, 12) + 5;
  const name = query.subarray(12, end).toString('latin1');
  if (name.includes('deaf')) return undefined;
  const known = name.includes('acme') && query.readUInt16BE(end - 4) === TXT;
  const head = Buffer.alloc(12);
  query.copy(head, 0, 0, 2);
  head.writeUInt16BE(0x8180 | (known ? 0 : NXDOMAIN), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(known ? 1 : 0, 6);
  const said = Buffer.from('v=spf1 -all');
  const record = Buffer.from([0xc0, 12, 0, TXT, 0, 1, 0, 0, 0, 60, 0, said.length + 1, said.length, ...said]);
  return Buffer.concat([head, query.subarray(12, end), known ? record : Buffer.alloc(0)]);
}

beforeAll(async () => {
  server.on('message', (query, from) => {
    const answer = answerTo(query);
    if (answer !== undefined) server.send(answer, from.port, from.address);
  });
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
  address = `127.0.0.1:${server.address().port}`;
});
afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

test.each([
  ['acme.dev', { kind: 'records', question: 7, records: [['v=spf1 -all']] }],
  ['nobody.dev', { kind: 'no_records', question: 7, code: 'ENOTFOUND' }],
  ['deaf.dev', { kind: 'no_records', question: 7, code: 'ETIMEOUT' }],
  [`${'long.'.repeat(60)}dev`, { kind: 'no_records', question: 7, code: 'ENOTFOUND' }],
  ['not a name!..', { kind: 'no_records', question: 7, code: 'EBADNAME' }],
])('%s', async (name, told) => {
  const question = { kind: 'question', question: 7, name, type: 'TXT' } as const;
  const answer = await answerQuestion(question, systemResolver([address]), 500, new AbortController().signal);
  expect(answer).toEqual(told);
});
