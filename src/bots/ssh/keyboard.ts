// What a person types into the door itself, on a terminal that is in raw mode: lines with an echo, and Ctrl-C.
import type { Readable } from 'node:stream';
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

/** What is typed while no line is asked for. A question that changes something must never take it for its answer. */
export type Ahead = 'dropped' | 'kept';

const LONGEST_LINE = 200;
const MOST_AHEAD = 16_384;

/** With `ahead` kept it answers the next lines that are asked for, and what is left at `release` goes to whoever reads then. */
export function createKeyboard(channel: Readable, screen: Screen, ahead: Ahead = 'dropped'): Keyboard {
  let typed = '';
  let kept = '';
  let before = '';
  let asked: ((typed: Typed) => void) | undefined;
  let tooMuch = false;
  let interrupted: (() => void) | undefined;

  function answer(value: Typed): void {
    const tell = asked;
    asked = undefined;
    typed = '';
    screen.out('\n');
    tell?.(value);
  }

  function keep(character: string): void {
    if (tooMuch) return;
    if (kept.length < MOST_AHEAD) {
      kept += character;
      return;
    }
    tooMuch = true;
    // Half a line would be completed by what is typed next.
    kept = kept.slice(0, Math.max(kept.lastIndexOf('\r'), kept.lastIndexOf('\n')) + 1);
    screen.out('\nMore was pasted than can be kept; the last lines are left out.\n');
  }

  function key(character: string): void {
    const isSecondHalf = character === '\n' && before === '\r';
    before = character;
    if (isSecondHalf) return;
    if (asked === undefined && ahead === 'kept') keep(character);
    else if (character === '\u0003') {
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
        const waiting = kept;
        kept = '';
        before = '';
        for (const character of waiting) key(character);
      });
    },
    onInterrupt(listener) {
      interrupted = listener;
    },
    release() {
      channel.off('data', onData);
      channel.pause();
      if (kept !== '') channel.unshift(Buffer.from(kept, 'latin1'));
      kept = '';
    },
  };
}
