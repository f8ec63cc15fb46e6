// What is typed into the door itself: which lines it takes, what of a paste it keeps, and for whom.
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Ahead, createKeyboard } from '../../../src/bots/ssh/keyboard.ts';

/** A keyboard on a stream, which is all of a channel that it touches. */
function open(ahead?: Ahead) {
  const stream = new PassThrough();
  const shown: string[] = [];
  const screen = {
    isTerminal: true,
    flushed: async () => true,
    out: (text: string) => void shown.push(text),
    err: (text: string) => void shown.push(text),
    passing: () => {},
    finish: () => {},
  };
  const keyboard = createKeyboard(stream, screen, ahead);
  const line = () => keyboard.line(AbortSignal.timeout(5_000));
  return { stream, keyboard, line, shown: () => shown.join('') };
}

test('lines of a paste answer the questions in their order, whatever ends them', async () => {
  const { stream, line } = open('kept');
  const first = line();
  stream.write('one\r\ntwo\nthree\r');
  expect(await first).toEqual({ kind: 'line', text: 'one' });
  expect(await line()).toEqual({ kind: 'line', text: 'two' });
  expect(await line()).toEqual({ kind: 'line', text: 'three' });
});

test('what is typed while nothing is asked answers nothing, unless it is to be kept', async () => {
  const { stream, line } = open();
  const first = line();
  stream.write('one\ry\r');
  expect(await first).toEqual({ kind: 'line', text: 'one' });
  const second = line();
  stream.write('n\r');
  expect(await second).toEqual({ kind: 'line', text: 'n' });
});

test('Ctrl-C within a paste comes in its turn', async () => {
  const { stream, line } = open('kept');
  const first = line();
  stream.write('one\r\u0003');
  expect(await first).toEqual({ kind: 'line', text: 'one' });
  expect(await line()).toEqual({ kind: 'interrupt' });
});

test('of a paste that is too long whole lines are kept, and it is said', async () => {
  const { stream, keyboard, line, shown } = open('kept');
  const first = line();
  stream.write(`one\r${'x'.repeat(99)}\r`.repeat(1000));
  await first;
  keyboard.release();
  const rest = String(stream.read());
  expect(rest.length).toBeLessThanOrEqual(16_384);
  expect(rest.endsWith('\r')).toBe(true);
  expect(shown().match(/the last lines are left out/g)).toHaveLength(1);
});

test('property: what is behind the line that was taken reaches the next reader byte for byte', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      const { stream, keyboard, line } = open('kept');
      const first = line();
      const behind = Buffer.from(bytes.filter((byte) => byte !== 0x0a));
      stream.write(Buffer.concat([Buffer.from('box\r'), behind]));
      expect(await first).toEqual({ kind: 'line', text: 'box' });
      keyboard.release();
      expect(stream.read() ?? Buffer.alloc(0)).toEqual(behind);
    }),
  );
});
