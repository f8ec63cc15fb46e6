// The thread that reads mails, one at a time: first who sent it and whether that is proven, then what it says.
//
// Everything that parses a stranger's bytes at length runs here, without environment variables and under a limit of memory, so that the
// worst mail costs this thread and nobody else.
import { parentPort } from 'node:worker_threads';
import { authenticate } from 'mailauth';
import { domainOf } from '../address.ts';
import { candidatesIn } from './candidates.ts';
import { headLines } from './head.ts';
import { readBody } from './mime.ts';
import { holdsPrivateKey } from './private-file.ts';
import { aligns, proofOf, unproven } from './proof.ts';
import { headOf, unknownHead } from './read-head.ts';
import type { FromThread, Order, ReadHead, ToThread } from './read-mail.ts';

/** Longer heads are not looked at: they are made to be slow. */
const LARGEST_HEAD_BYTES = 256 * 1024;
/** Verifying a longer one takes time by its square; RFC 5322 2.1.1 allows 998. */
const LONGEST_LINE_BYTES = 5 * 1024 * 1024;
/** Bits of an RSA key (RFC 8301 3.2). */
const SHORTEST_RSA_BITS = 1024;

const questions = new Map<number, { resolve(records: string[]): void; reject(error: Error): void }>();
let asked = 0;

parentPort?.on('message', (message: ToThread) => {
  if (message.kind === 'read') {
    // A failure before the head is told ends the thread, and its owner is told why.
    void read(message.order);
    return;
  }
  const waiting = questions.get(message.question);
  questions.delete(message.question);
  if (message.kind === 'records') waiting?.resolve([...message.records] as string[]);
  else waiting?.reject(Object.assign(new Error(`DNS: ${message.code}`), { code: message.code }));
});

async function read(order: Order): Promise<void> {
  const bytes = Buffer.from(order.bytes.buffer, order.bytes.byteOffset, order.bytes.byteLength);
  const head = await readHead(bytes, order);
  say({ kind: 'head', head });
  if (bytes.length > order.maximumBytes || head.headers.length === 0) {
    say({ kind: 'body', text: '', keys: [], hasPrivateKey: false, readable: false });
    return;
  }
  const body = await readBody(bytes).then(
    (read) => ({ ...read, readable: true }),
    () => ({ text: '', keys: [], readable: false }),
  );
  say({ kind: 'body', ...body, hasPrivateKey: holdsPrivateKey(bytes) });
}

async function readHead(bytes: Buffer, order: Order): Promise<ReadHead> {
  const headBytes = headBytesOf(bytes);
  // A lone CR ends a line for some programs and not for others: such a head has two meanings.
  if (headBytes === undefined || /\r(?!\n)|\0/.test(headBytes.toString('latin1'))) return unknownHead();
  if (hasEndlessLine(bytes)) return unknownHead();
  const candidates = candidatesIn(headBytes);
  if (candidates === 'too_many_fields') return unknownHead();
  if (candidates === 'no_author') return headOf(headLines(headBytes.toString('utf8')), () => unproven('no_author'));
  const { authorDomain, hadStrangers } = candidates;
  const { clientIp, helo, envelopeFrom, ownAddress, ownHost, notBefore } = order;
  // SPF of a domain that is not the author's proves nothing, and its owner may let us wait for it.
  const isAuthors = aligns(domainOf(envelopeFrom), authorDomain, false);
  const result = await authenticate(Buffer.concat([candidates.head, bytes.subarray(headBytes.length)]), {
    resolver: ask,
    ...(clientIp === undefined || !isAuthors ? {} : { ip: clientIp }),
    ...(helo === undefined ? {} : { helo }),
    ...(envelopeFrom === undefined ? {} : { sender: envelopeFrom }),
    mta: ownHost,
    minBitLength: SHORTEST_RSA_BITS,
    rejectRsaSha1: true,
    disableArc: true,
    disableBimi: true,
  });
  // The head as the verifier of signatures split it: what was signed and what is read are the same lines.
  const lines = (result.dkim.headers?.parsed ?? []).map(({ line }) => line.toString('utf8'));
  return headOf(lines, ({ domain }, head) =>
    proofOf(result, { authorDomain: domain, hadStrangers, head, clientIp, envelopeFrom, ownAddress, notBefore }),
  );
}

/** Up to the first empty line; undefined when there is none in time. */
function headBytesOf(bytes: Buffer): Buffer | undefined {
  const start = bytes.subarray(0, LARGEST_HEAD_BYTES);
  const ends = [start.indexOf('\n\r\n'), start.indexOf('\n\n')].filter((at) => at >= 0);
  if (ends.length > 0) return start.subarray(0, Math.min(...ends) + 1);
  return bytes.length <= LARGEST_HEAD_BYTES ? start : undefined;
}

function hasEndlessLine(bytes: Buffer): boolean {
  for (let at = 0; bytes.length - at > LONGEST_LINE_BYTES; ) {
    const end = bytes.lastIndexOf(0x0a, at + LONGEST_LINE_BYTES);
    if (end < at) return true;
    at = end + 1;
  }
  return false;
}

/** DNS is asked by the owner of this thread, who has the resolver. */
function ask(name: string, type: string): Promise<string[]> {
  const question = ++asked;
  return new Promise((resolve, reject) => {
    questions.set(question, { resolve, reject });
    say({ kind: 'question', question, name, type });
  });
}

function say(message: FromThread): void {
  parentPort?.postMessage(message);
}
