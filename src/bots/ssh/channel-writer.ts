// Writes to a client's channel one after the other, standard output and error alike.
import type { ServerChannel } from 'ssh2';

/** How a session ends: a status, or the signal that ended the program, without SIG (RFC 4254, 6.10). */
export type Exit = { status: number } | { signal: string; coreDumped: boolean; message: string };

export interface ChannelWriter {
  /** `done` is called once the client's window has taken it, or when the client is gone. */
  write(stream: 'out' | 'err', data: Buffer | string, done?: () => void): void;
  /** Bytes that the client has not taken yet. */
  readonly waitingBytes: number;
  /** Resolves with true once all that was written is taken, with false when the client went before. */
  flushed(): Promise<boolean>;
  /** Ends the channel after everything written before; may be called twice, the first counts. */
  finish(exit: Exit | undefined): void;
}

/**
 * ssh2 1.17 keeps the unsent rest of a blocked write and, when a write to the other stream blocks later, sends the stale rest
 * again: so only one write is under way, and its rest is forgotten when it is done.
 */
const RESTS = ['_chunk', '_chunkcb', '_chunkErr', '_chunkcbErr'];

export function createChannelWriter(channel: ServerChannel, gone: AbortSignal): ChannelWriter {
  const queue: { stream: 'out' | 'err'; data: Buffer | string; done: (() => void) | undefined }[] = [];
  let waitingBytes = 0;
  let busy = false;
  let waiters: ((taken: boolean) => void)[] = [];
  let ending: (() => void) | undefined;

  function settle(taken: boolean): void {
    const waiting = waiters;
    waiters = [];
    for (const tell of waiting) tell(taken);
  }

  function next(): void {
    if (busy || gone.aborted) return;
    const item = queue[0];
    if (item === undefined) {
      settle(true);
      ending?.();
      return;
    }
    busy = true;
    (item.stream === 'out' ? channel : channel.stderr).write(item.data, () => {
      for (const rest of RESTS) Reflect.set(channel, rest, undefined);
      busy = false;
      if (gone.aborted) return;
      queue.shift();
      waitingBytes -= item.data.length;
      item.done?.();
      next();
    });
  }

  gone.addEventListener(
    'abort',
    () => {
      waitingBytes = 0;
      settle(false);
      for (const item of queue.splice(0)) item.done?.();
    },
    { once: true },
  );
  // A write after the client closed its side: the channel's end says so already.
  channel.on('error', () => {});
  channel.stderr.on('error', () => {});

  return {
    get waitingBytes() {
      return waitingBytes;
    },
    flushed() {
      return new Promise((resolve) => {
        if (gone.aborted) return resolve(false);
        if (queue.length === 0) return resolve(true);
        waiters.push(resolve);
      });
    },
    write(stream, data, done) {
      if (gone.aborted || ending !== undefined) return done?.();
      if (data.length === 0) return done?.();
      queue.push({ stream, data, done });
      waitingBytes += data.length;
      next();
    },
    finish(exit) {
      if (ending !== undefined) return;
      let ended = false;
      ending = () => {
        if (ended) return;
        ended = true;
        if (exit !== undefined && 'status' in exit) channel.exit(exit.status);
        else if (exit !== undefined) channel.exit(exit.signal, exit.coreDumped, exit.message);
        channel.end();
      };
      next();
    },
  };
}
