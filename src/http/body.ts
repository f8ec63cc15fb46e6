// The body of a request, as it comes: held to a length, a deadline, and what room there is for all that are on their way.
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { Room } from '../room.ts';

export interface BodyLimits {
  room: Room;
  /** Whose it is, for the room. */
  network: string;
  mostBytes: number;
  deadlineMs: number;
}

/** 400 when the client broke off, else 408, 413 or 503; the rest of the body is not waited for. */
export class BodyRefused extends Error {
  readonly statusCode: number;
  constructor(statusCode: number) {
    super(`The body of a request was not taken: ${statusCode}.`);
    this.statusCode = statusCode;
  }
}

/** What a piece costs beside its bytes: a body may come in pieces of one byte. */
const PIECE_BYTES = 256;

/**
 * Gives the whole body to `use`; until that has ended, it has its place in the room. Rejects with BodyRefused, and with what `use` rejects with.
 */
export async function withBody<T>(
  stream: Readable & { headers: IncomingHttpHeaders },
  { room, network, mostBytes, deadlineMs }: BodyLimits,
  use: (body: Buffer) => Promise<T>,
): Promise<T> {
  if (Number(stream.headers['content-length'] ?? 0) > mostBytes) throw new BodyRefused(413);
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const pieces: Buffer[] = [];
  let bytes = 0;
  const guest = room.enter(network, () => reject(new BodyRefused(503)));
  const late = setTimeout(() => reject(new BodyRefused(408)), deadlineMs);

  function take(piece: Buffer): void {
    bytes += piece.length;
    if (bytes > mostBytes) reject(new BodyRefused(413));
    else if (guest.take(piece.length + PIECE_BYTES)) pieces.push(piece);
    else reject(new BodyRefused(503));
  }
  function end(): void {
    guest.stay();
    resolve(Buffer.concat(pieces.splice(0)));
  }
  const broken = (): void => reject(new BodyRefused(400));
  stream.on('data', take).on('end', end).on('error', broken);
  try {
    const body = await promise.finally(() => {
      clearTimeout(late);
      stream.off('data', take).off('end', end).off('error', broken);
      pieces.length = 0;
    });
    return await use(body);
  } finally {
    guest.leave();
  }
}
