// Words of a line, as a shell would cut it.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inQuotes, quoted, tokenize } from '../../src/commands/tokenize.ts';

const words = (line: string): string[] => tokenize(line).map((token) => token.value);

test.each([
  ['a b  c', ['a', 'b', 'c']],
  ['"a b" c', ['a b', 'c']],
  [`'a "b" \\' c`, ['a "b" \\', 'c']],
  ['"a \\" \\\\ \\n"', ['a " \\ \\n']],
  ['a\\ b \\"c', ['a b', '"c']],
  ['--x="y z"', ['--x=y z']],
  ['"" b', ['', 'b']],
  ['a\\', ['a\\']],
  ['', []],
])('%j is %j', (line, expected) => {
  expect(words(line)).toEqual(expected);
});

test('a quote that is not closed takes the rest and says so', () => {
  const [first, second, third] = tokenize(`stop 'my box`);
  expect(first?.unclosed).toBeUndefined();
  expect(second).toMatchObject({ value: 'my box', unclosed: "'", start: 5, end: 12 });
  expect(third).toBeUndefined();
});

test('a word that was quoted is read back as it was', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', minLength: 1 })), (list) => {
      const safe = list.map((word) => word.replace(/\s/g, '_'));
      expect(words(safe.map(quoted).join(' '))).toEqual(safe);
      expect(words(list.map(inQuotes).join(' '))).toEqual(list);
    }),
    { seed: 1 },
  );
});
