// One session channel as a client asks for it: its terminal, then a shell, a command or sftp (RFC 4254, 6).
import type { ServerChannel, Session } from 'ssh2';
import { type ChannelWriter, createChannelWriter } from './channel-writer.ts';
import { holdToWindow } from './window.ts';

export interface TerminalSize {
  rows: number;
  cols: number;
  height: number;
  width: number;
}

export interface Terminal extends TerminalSize {
  /** Only letters, digits and `.+_-`. */
  term: string;
  modes: object;
}

export interface SessionRequest {
  kind: 'shell' | 'exec' | 'subsystem';
  /** Of `exec` the command, of `subsystem` its name. */
  command: string;
  terminal: Terminal | undefined;
  channel: ServerChannel;
  writer: ChannelWriter;
  /** Aborted when the client has closed the channel or is gone. */
  gone: AbortSignal;
  /** From now on; the size in `terminal` is kept up to date before. */
  listen(listener: SessionListener): void;
}

interface SessionListener {
  resized(size: TerminalSize): void;
  signalled(name: string): void;
}

const LONGEST_SIDE = 10_000;
const TERM = /^[A-Za-z0-9.+_-]{1,64}$/;
/** RFC 4254, 6.10; ssh2 throws when it is to send another one. */
export const SIGNALS: readonly string[] = [
  'ABRT',
  'ALRM',
  'FPE',
  'HUP',
  'ILL',
  'INT',
  'KILL',
  'PIPE',
  'QUIT',
  'SEGV',
  'TERM',
  'USR1',
  'USR2',
];

/** Calls `onRequest` at most once. Agent forwarding, X11 and environment have no listener here, which refuses them. */
export function takeSession(
  session: Session,
  connectionGone: AbortSignal,
  onRequest: (request: SessionRequest) => void,
): void {
  let terminal: Terminal | undefined;
  let listener: SessionListener | undefined;
  const closed = new AbortController();
  const gone = AbortSignal.any([closed.signal, connectionGone]);

  session.on('close', () => closed.abort());
  session.on('pty', (accept, _reject, info) => {
    const { term, modes } = info;
    terminal = { term: TERM.test(term) ? term : 'dumb', modes, ...clamped(info) };
    accept?.();
  });
  session.on('window-change', (_accept, _reject, info) => {
    const size = clamped(info);
    if (terminal !== undefined) Object.assign(terminal, size);
    listener?.resized(size);
  });
  session.on('signal', (_accept, _reject, info) => {
    if (SIGNALS.includes(info.name)) listener?.signalled(info.name);
  });

  // Accepted at once: once the client has sent its end of input, ssh2 accepts no request any more.
  function begin(kind: SessionRequest['kind'], command: string, accept: () => ServerChannel | undefined): void {
    const channel = accept();
    if (channel === undefined) return;
    holdToWindow(channel, () => channel.close());
    const listen = (wanted: SessionListener): void => {
      listener = wanted;
    };
    onRequest({ kind, command, terminal, channel, writer: createChannelWriter(channel, gone), gone, listen });
  }
  session.on('shell', (accept) => begin('shell', '', accept));
  session.on('exec', (accept, _reject, info) => begin('exec', info.command, accept));
  session.on('subsystem', (accept, reject, info) => {
    if (info.name === 'sftp') begin('subsystem', info.name, accept);
    else reject?.();
  });
}

function clamped(size: TerminalSize): TerminalSize {
  const side = (length: number): number => Math.min(length, LONGEST_SIDE);
  return { rows: side(size.rows), cols: side(size.cols), height: side(size.height), width: side(size.width) };
}
