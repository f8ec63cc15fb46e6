// What a person sees of the door itself: results on standard output, everything else on standard error, or all of it on a terminal.
import type { SessionRequest } from './session.ts';

export interface Screen {
  readonly isTerminal: boolean;
  /** Resolves with true once all that was written has reached the client's window, with false when the client went before. */
  flushed(): Promise<boolean>;
  /** Text with line feeds, rendered already. */
  out(text: string): void;
  err(text: string): void;
  /** On a terminal: a line that the next text replaces. Elsewhere nothing. */
  passing(line: string): void;
  finish(status: number): void;
}

const ERASE_LINE = '\r\u001B[K';

export function createScreen(request: Pick<SessionRequest, 'terminal' | 'writer'>): Screen {
  const { terminal, writer } = request;
  let hasPassing = false;

  function put(stream: 'out' | 'err', text: string): void {
    if (terminal === undefined) {
      writer.write(stream, text);
      return;
    }
    writer.write('out', (hasPassing ? ERASE_LINE : '') + text.replaceAll('\n', '\r\n'));
    hasPassing = false;
  }

  return {
    isTerminal: terminal !== undefined,
    flushed: () => writer.flushed(),
    out: (text) => put('out', text),
    err: (text) => put('err', text),
    passing(line) {
      if (terminal === undefined) return;
      // Longer than the terminal is wide would leave its first half behind.
      put('out', [...line].slice(0, Math.max(1, (terminal.cols || 80) - 1)).join(''));
      hasPassing = true;
    },
    finish(status) {
      if (hasPassing) put('out', '');
      writer.finish({ status });
    },
  };
}

/** Whether the terminal shows colours. */
export function hasColours(request: Pick<SessionRequest, 'terminal'>): boolean {
  return request.terminal !== undefined && request.terminal.term !== 'dumb';
}
