// Holds a peer to its window: ssh2 (1.17) takes whatever comes unless the window is exactly zero (RFC 4254, 5.2), and would keep it all.
import type { Readable } from 'node:stream';

/** Four times the window that ssh2 offers; who follows the protocol never has so much unread. */
const MOST_UNREAD_BYTES = 8 * 1024 * 1024;

/** From the moment too much lies unread nothing more is kept, and `onOverrun` is called once. */
export function holdToWindow(stream: Readable, onOverrun: () => void): void {
  const push = stream.push.bind(stream);
  let overrun = false;
  stream.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    if (chunk === null || (!overrun && stream.readableLength <= MOST_UNREAD_BYTES)) return push(chunk, encoding);
    if (!overrun) {
      overrun = true;
      onOverrun();
    }
    return false;
  };
}
