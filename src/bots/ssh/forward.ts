// Forwarded TCP connections (direct-tcpip): from inside one's box, or to port 22 of one's boxes for `ssh -J`.
import type { Duplex } from 'node:stream';
import type { Client, ClientChannel, ServerChannel, TcpipRequestInfo } from 'ssh2';
import { holdToWindow } from './window.ts';

/** For the other end to take what the client had sent before it closed. */
const DRAIN_MS = 2000;

/** Opens a connection from inside the box; the box's own rules decide what it may reach. */
export function forwardInside(client: Client, info: TcpipRequestInfo): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.forwardOut(info.srcIP, info.srcPort, info.destIP, info.destPort, (error, channel) => {
      if (error) reject(error);
      else resolve(channel);
    });
  });
}

/**
 * Joins the client's channel and the other end until both directions have ended. Each may end by itself: ssh2 closes a
 * server's channel whole when its stream ends, so the end of that direction is sent by hand.
 */
export function join(channel: ServerChannel, other: Duplex, gone: AbortSignal): void {
  let open = 2;
  let draining: NodeJS.Timeout | undefined;
  const half = (): void => {
    open -= 1;
    if (open === 0) channel.end();
  };
  // ssh2 reports a channel closed only once all of it was read.
  const drop = (): void => {
    channel.unpipe(other);
    channel.resume();
  };
  const giveUp = (): void => {
    drop();
    other.destroy();
    channel.close();
  };
  for (const stream of [channel, other]) holdToWindow(stream, giveUp);
  channel.on('error', giveUp);
  other.on('error', giveUp);
  channel.pipe(other);
  channel.once('end', half);
  other.pipe(channel, { end: false });
  other.once('end', () => {
    // `end` comes after the last byte was handed to the channel; it may still wait for the client's window.
    whenWritten(channel, () => {
      channel.eof();
      half();
    });
  });
  const drain = (): void => {
    if (other.writableLength === 0 && channel.readableLength === 0) giveUp();
    else draining ??= setTimeout(giveUp, DRAIN_MS);
  };
  // Of a client that has closed the channel ssh2 tells at first only by ending its writing side.
  channel.once('finish', drain);
  channel.once('close', drain);
  gone.addEventListener('abort', giveUp, { once: true });
  other.once('close', () => {
    gone.removeEventListener('abort', giveUp);
    clearTimeout(draining);
    drop();
    channel.end();
  });
}

function whenWritten(channel: ServerChannel, then: () => void): void {
  if (channel.writableLength === 0) then();
  else channel.write('', then);
}
