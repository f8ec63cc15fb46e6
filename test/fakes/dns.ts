// Name servers on loopback, for programs that ask real DNS: they answer TXT and MX from tables, and that nothing else exists.
// Source: RFC 1035.
import { createSocket } from 'node:dgram';

export interface FakeDns {
  /** `127.0.0.1:5353`, as in DNS_SERVERS. */
  address: string;
  close(): Promise<void>;
}

const HEADER_BYTES = 12;
const TXT = 16;
const MX = 15;
/** Answer, authoritative, recursion available. */
const ANSWERED = 0x84_80;
const NO_SUCH_NAME = 3;
const TTL_S = 60;
const PIECE_BYTES = 255;

/** The texts of a name, in lower case. */
export type Texts = Readonly<Record<string, readonly string[]>>;
/** The server that takes the mail of a name. */
export type Exchanges = Readonly<Record<string, string>>;

export async function startDns(texts: Texts, exchanges: Exchanges = {}): Promise<FakeDns> {
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => socket.send(answerTo(query, texts, exchanges), port, address));
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${socket.address().port}`,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function answerTo(query: Buffer, texts: Texts, exchanges: Exchanges): Buffer {
  const { name, end } = nameAt(query, HEADER_BYTES);
  const question = query.subarray(HEADER_BYTES, end + 4);
  const asked = query.readUInt16BE(end);
  const known = name.toLowerCase();
  const exchange = exchanges[known];
  const data =
    asked === TXT
      ? (texts[known] ?? []).map(textData)
      : asked === MX && exchange !== undefined
        ? [Buffer.concat([Buffer.from([0, 10]), nameBytes(exchange)])]
        : [];
  const header = Buffer.alloc(HEADER_BYTES);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(data.length > 0 ? ANSWERED : ANSWERED | NO_SUCH_NAME, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(data.length, 6);
  return Buffer.concat([header, question, ...data.map((bytes) => record(asked, bytes))]);
}

function textData(text: string): Buffer {
  const bytes = Buffer.from(text);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    const piece = bytes.subarray(at, at + PIECE_BYTES);
    pieces.push(Buffer.from([piece.length]), piece);
  }
  return Buffer.concat(pieces);
}

function nameBytes(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}

/** A record of the name in the question. */
function record(type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc0_00 | HEADER_BYTES, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(TTL_S, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function nameAt(query: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = [];
  let at = start;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.'), end: at + 1 };
}
