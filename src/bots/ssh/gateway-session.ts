// One session of a client, carried on in a box: terminal, bytes, signals and exit status pass through as they are.
import type { Readable } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import type { Exit } from './channel-writer.ts';
import { type SessionRequest, SIGNALS } from './session.ts';
import { holdToWindow } from './window.ts';

export type GatewayEnd = { kind: 'exit'; exit: Exit } | { kind: 'lost' } | { kind: 'gone' };

/** A box's stream is paused while the client has this much to read. */
const MOST_WAITING_BYTES = 1_048_576;
const ANY_SIGNAL = 255;

export interface Carried {
  /** Where the person came from, for the box's greeting. */
  from: string;
  /** Called for whatever is typed, and for more than a terminal prints by itself. */
  onUse: () => void;
}

/** Carries the session until it has ended in the box and its output is written. Rejects when the box refuses to open it. */
export function carrySession(client: Client, request: SessionRequest, { from, onUse }: Carried): Promise<GatewayEnd> {
  return new Promise((resolve, reject) => {
    // ssh2 calls this in the middle of a packet run: the listeners must be there before the next packet.
    const onOpen = (error: Error | undefined, inBox: ClientChannel): void => {
      if (error) reject(error);
      else {
        const printed = noticePrinting(onUse);
        request.channel.on('data', onUse);
        for (const stream of [inBox, inBox.stderr]) stream.on('data', (data: Buffer) => printed(data.length));
        carry(client, inBox, request, resolve);
      }
    };
    const { terminal } = request;
    const env = { SHELLBOX_FROM: from };
    // ssh2 asks for no terminal only where `pty` is absent.
    if (request.kind === 'exec')
      client.exec(request.command, { env, ...(terminal === undefined ? {} : { pty: terminal }) }, onOpen);
    else if (request.kind === 'shell') client.shell(terminal ?? false, { env }, onOpen);
    else client.subsys(request.command, onOpen);
  });
}

/** What a terminal that was left open prints by itself within a minute: the clock of tmux, a prompt's. */
const LEFT_OPEN_BYTES = 1024;
const MINUTE_MS = 60_000;

/** Calls `onUse` for output that is more than that. */
function noticePrinting(onUse: () => void): (bytes: number) => void {
  let sinceMs = performance.now();
  let printed = 0;
  return (bytes) => {
    const nowMs = performance.now();
    if (nowMs - sinceMs > MINUTE_MS) {
      sinceMs = nowMs;
      printed = 0;
    }
    printed += bytes;
    if (printed > LEFT_OPEN_BYTES) onUse();
  };
}

function carry(
  client: Client,
  inBox: ClientChannel,
  request: SessionRequest,
  resolve: (end: GatewayEnd) => void,
): void {
  const { channel, writer, gone, terminal } = request;
  let exit: Exit | undefined;
  let open = 3;

  inBox.on('exit', (status: number | null, signal?: string, coreDumped?: boolean, message?: string) => {
    exit = status === null ? exitBySignal(signal, coreDumped, message) : { status };
  });
  inBox.on('error', () => {});
  for (const stream of [inBox, inBox.stderr]) holdToWindow(stream, () => client.end());
  const ended = (): void => {
    open -= 1;
    if (open === 0) writer.flushed().then((taken) => resolve(outcome(taken, exit)));
  };
  inBox.once('close', ended);
  relay(inBox, 'out', request, ended);
  relay(inBox.stderr, 'err', request, ended);
  // The client's end of input reaches the program as its end of input.
  channel.pipe(inBox);

  if (terminal !== undefined) inBox.setWindow(terminal.rows, terminal.cols, terminal.height, terminal.width);
  request.listen({
    resized: (size) => inBox.setWindow(size.rows, size.cols, size.height, size.width),
    signalled: (name) => inBox.signal(name),
  });
  const onGone = (): void => {
    channel.unpipe(inBox);
    inBox.close();
    inBox.resume();
    inBox.stderr.resume();
    resolve({ kind: 'gone' });
  };
  if (gone.aborted) onGone();
  else gone.addEventListener('abort', onGone, { once: true });
}

function relay(source: Readable, stream: 'out' | 'err', { writer }: SessionRequest, ended: () => void): void {
  source.on('data', (data: Buffer) => {
    writer.write(stream, data, () => {
      if (source.isPaused() && writer.waitingBytes < MOST_WAITING_BYTES) source.resume();
    });
    if (writer.waitingBytes >= MOST_WAITING_BYTES) source.pause();
  });
  source.once('end', ended);
}

function outcome(taken: boolean, exit: Exit | undefined): GatewayEnd {
  if (!taken) return { kind: 'gone' };
  return exit === undefined ? { kind: 'lost' } : { kind: 'exit', exit };
}

/** ssh2 puts SIG before the name it reads. A name that it cannot send on becomes the status that OpenSSH gives all of them. */
function exitBySignal(name = '', coreDumped = false, message = ''): Exit {
  const signal = name.replace(/^SIG/, '');
  return SIGNALS.includes(signal) ? { signal, coreDumped, message } : { status: ANY_SIGNAL };
}
