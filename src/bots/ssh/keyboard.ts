// What a person types into the door itself, on a terminal that is in raw mode: lines with an echo, and Ctrl-C.
import type { ServerChannel } from 'ssh2';
import type { Screen } from './screen.ts';

export type Typed = { kind: 'line'; text: string } | { kind: 'interrupt' } | { kind: 'end' };

export interface Keyboard {
  /** The next line; `interrupt` for Ctrl-C, `end` for Ctrl-D or when `signal` is aborted. */
  line(signal: AbortSignal): Promise<Typed>;
  /** Ctrl-C while no line is asked for. */
  onInterrupt(listener: () => void): void;
  /** Leaves what is typed from now on to somebody else. */
  release(): void;
}

const LONGEST_LINE = 200;

export function createKeyboard(channel: ServerChannel, screen: Screen): Keyboard {
  let typed = '';
  let asked: ((typed: Typed) => void) | undefined;
  let interrupted: (() => void) | undefined;

  function answer(value: Typed): void {
    const tell = asked;
    asked = undefined;
    typed = '';
    screen.out('\n');
    tell?.(value);
  }

  function key(character: string): void {
    if (character === '\u0003') {
      if (asked === undefined) interrupted?.();
      else answer({ kind: 'interrupt' });
    } else if (asked === undefined) return;
    else if (character === '\r' || character === '\n') answer({ kind: 'line', text: typed.trim() });
    else if (character === '\u0004') answer({ kind: 'end' });
    else if (character === '\u007F' || character === '\b') {
      if (typed === '') return;
      typed = typed.slice(0, -1);
      screen.out('\b \b');
    } else if (character >= ' ' && character <= '~' && typed.length < LONGEST_LINE) {
      typed += character;
      screen.out(character);
    }
  }

  const onData = (data: Buffer): void => {
    for (const character of data.toString('latin1')) key(character);
  };
  channel.on('data', onData);

  return {
    line(signal) {
      return new Promise((resolve) => {
        const onAbort = (): void => {
          asked = undefined;
          resolve({ kind: 'end' });
        };
        if (signal.aborted) return onAbort();
        signal.addEventListener('abort', onAbort, { once: true });
        asked = (value) => {
          signal.removeEventListener('abort', onAbort);
          resolve(value);
        };
      });
    },
    onInterrupt(listener) {
      interrupted = listener;
    },
    release() {
      channel.off('data', onData);
      channel.pause();
    },
  };
}
