// How signals end the program: asked once, then made to; one wish that arrives several times is one wish.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { stopSignal } from '../../src/verbs/stop-signal.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function program() {
  const listeners = new Map<string, () => void>();
  const exits: number[] = [];
  let nowMs = 0;
  const source = {
    on: (name: string, listener: () => void) => listeners.set(name, listener),
    exit: (status: number) => void exits.push(status),
  };
  const signal = stopSignal(
    source,
    () => {},
    () => nowMs,
  );
  return { signal, exits, send: (name: string) => listeners.get(name)?.(), passMs: (ms: number) => (nowMs += ms) };
}

test('the first signal asks, and what repeats it within a second does not cut anything off', () => {
  const { signal, exits, send, passMs } = program();
  expect(signal.aborted).toBe(false);
  send('SIGINT');
  passMs(999);
  send('SIGINT');
  send('SIGTERM');
  expect(signal.aborted).toBe(true);
  expect(exits).toEqual([]);
});

test('a later signal ends at once, with the status that shells expect', () => {
  const { exits, send, passMs } = program();
  send('SIGTERM');
  passMs(1000);
  send('SIGTERM');
  expect(exits).toEqual([143]);
});

test('after 30 s it is cut off', () => {
  const { exits, send } = program();
  send('SIGTERM');
  vi.advanceTimersByTime(29_999);
  expect(exits).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(exits).toEqual([1]);
});
