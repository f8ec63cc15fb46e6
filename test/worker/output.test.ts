// What is shown of what a command prints: both ends of it, however much there is, and nothing in it that acts.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createOutput } from '../../src/worker/output.ts';

function printed(...pieces: (string | Buffer)[]) {
  const output = createOutput();
  for (const piece of pieces) output.add(Buffer.from(piece));
  return output;
}

test('little is shown whole', () => {
  const output = printed('one\n', 'two\n');
  expect(output.text()).toBe('one\ntwo');
  expect(output.isCut).toBe(false);
  expect(createOutput().text()).toBe('');
});

test('of much the beginning and the end are shown, in whole lines, with how much lies between', () => {
  const output = createOutput();
  for (let line = 0; line < 100_000; line++) output.add(Buffer.from(`line ${line}\n`));
  const text = output.text();
  expect(text).toMatch(/^line 0\nline 1\n.*\n… 1,08\d,\d{3} characters left out …\nline \d+\n.*line 99999$/s);
  expect(text.length).toBeLessThan(4100);
  expect(output.isCut).toBe(true);
});

test('colours, cursor movements and lines that were written over are taken out', () => {
  const bar = Array.from({ length: 20 }, (_, step) => `\r${'#'.repeat(step)} ${step * 5} %`).join('');
  expect(printed(`\u001B[31mred\u001B[0m${bar}\r100 %\ndone\u0007\n`).text()).toBe('100 %\ndoneU+0007');
});

test('characters that are cut in two between pieces arrive whole', () => {
  const bytes = Buffer.from('größer ✓ 🙂');
  expect(printed(...[...bytes].map((byte) => Buffer.from([byte]))).text()).toBe('größer ✓ 🙂');
});

test('the tail is short, and the newest', () => {
  const output = printed(...Array.from({ length: 5000 }, (_, line) => `line ${line}\n`));
  expect(output.tail().split('\n').at(-1)).toBe('line 4999');
  expect(output.tail().length).toBeLessThanOrEqual(1200);
});

test('whatever is printed, however it comes, what is shown stays short, and is whole where there is little', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 20 }), (pieces) => {
      const output = printed(...pieces.map((piece) => Buffer.from(piece)));
      // Each unseen character is written as U+XXXX at most: a bound on what it becomes, not on what it was.
      expect(output.text().length).toBeLessThan(4000 * 8 + 100);
      expect(output.text().replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    }),
  );
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z]{1,20}$/), fc.integer({ min: 1, max: 100 }), (word, times) => {
      expect(printed(...Array.from({ length: times }, () => `${word}\n`)).text()).toBe(
        Array.from({ length: times }, () => word).join('\n'),
      );
    }),
  );
});
