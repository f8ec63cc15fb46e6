// Text that somebody typed is shown short, on one line, and does nothing to a terminal.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cut, plain, shown, shownCharacter } from '../../src/threads/shown.ts';

test.each([
  ['stop mybox', 'stop mybox'],
  ['a\0b', 'aU+0000b'],
  ['\u001b[31m', 'U+001B[31m'],
  ['a\r\nb', 'aU+000DU+000Ab'],
  ['\u202eabc', 'U+202Eabc'],
  ['a\u00a0b', 'aU+00A0b'],
  ['\ud83d', 'U+D83D'],
  ['🙂 ä 日', '🙂 ä 日'],
  ['x'.repeat(41), `${'x'.repeat(40)}…`],
  ['🙂'.repeat(41), `${'🙂'.repeat(40)}…`],
])('%j is shown as %j', (value, expected) => {
  expect(shown(value)).toBe(expected);
});

test('one character is recognisable', () => {
  expect(shownCharacter('_')).toBe('"_"');
  expect(shownCharacter('\u0430')).toBe('"\u0430" (U+0430)');
  expect(shownCharacter('\u200b')).toBe('"U+200B"');
});

test('nothing that acts or hides is ever left', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (value) => {
      expect(shown(value)).not.toMatch(/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u);
      expect(shown(value).length).toBeLessThanOrEqual(40 * 8 + 1);
    }),
    { numRuns: 2_000, seed: 3 },
  );
});

test('a whole text keeps its lines, and nothing of a line with tabs', () => {
  expect(plain('a\tb\t\tc\nsecond\u0007')).toBe('a  b    c\nsecondU+0007');
  expect(cut('a\u{1F600}b', 3)).toBe('a…');
});
