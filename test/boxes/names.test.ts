// The rule for box names, the sentences that explain it, and the names offered instead.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeNameFault, lowerCase, mendName, NAME_PATTERN, nameFault, suggestName } from '../../src/boxes/names.ts';
import { COMMAND_WORDS } from '../../src/boxes/reserved.ts';

test.each(['abc', 'a1b', '123', 'my-box', 'a--b', 'a'.repeat(32)])('%s may be used', (name) => {
  expect(nameFault(name)).toBeUndefined();
});

test.each([
  ['my_box', { fault: 'character', character: '_' }, '"_" cannot be in a box name. Use 3–32 of a–z, 0–9 and -.'],
  ['MyBox', { fault: 'character', character: 'M' }, '"M" cannot'],
  ['my🙂box', { fault: 'character', character: '🙂' }, '"🙂" (U+1F642) cannot'],
  ['my\u200bbox', { fault: 'character', character: '\u200b' }, '"U+200B" cannot'],
  ['my\u3164box', { fault: 'character', character: '\u3164' }, '"U+3164" cannot'],
  ['cafe\u0301', { fault: 'character', character: '\u0301' }, '"U+0301" cannot'],
  ['my box', { fault: 'character', character: ' ' }, '" " cannot'],
  ['', { fault: 'length', length: 0 }, 'cannot be empty'],
  ['ab', { fault: 'length', length: 2 }, '"ab" has 2 characters.'],
  ['a'.repeat(33), { fault: 'length', length: 33 }, 'has 33 characters.'],
  ['-abc', { fault: 'hyphen' }, 'begins or ends with -'],
  ['abc-', { fault: 'hyphen' }, 'begins or ends with -'],
  ['root', { fault: 'reserved' }, '"root" is a word of Shellbox'],
] as const)('%j may not, and the answer says why', (name, fault, said) => {
  expect(nameFault(name)).toEqual(fault);
  expect(describeNameFault(name, fault)).toContain(said);
});

test('every reserved word is one that could be typed as a name, or too short to be one', () => {
  for (const word of COMMAND_WORDS) expect(word.length < 3 || NAME_PATTERN.test(word), word).toBe(true);
});

test.each([
  ['Pay_Fix', 'pay-fix'],
  ['my box', 'my-box'],
  ['my\u200bbox', 'mybox'],
  ['Café', 'cafe'],
  ['ｍｙｂｏｘ', 'mybox'],
  ['../../etc', 'etc'],
  ['--abc--', 'abc'],
  ['ab', 'ab-box'],
  ['list', 'list-box'],
  [`${'a'.repeat(31)}-b`, 'a'.repeat(31)],
  ['日本', undefined],
  ['', undefined],
])('%j becomes %j', (typed, name) => {
  expect(mendName(typed)).toBe(name);
});

test('what is mended or suggested may be used, whatever it was made of', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: 'binary' }), fc.string({ maxLength: 300 }), fc.constantFrom(...COMMAND_WORDS)),
      (typed) => {
        const name = mendName(typed);
        if (name !== undefined) expect(nameFault(name)).toBeUndefined();
      },
    ),
    { numRuns: 5_000, seed: 7 },
  );
  for (let step = 0; step < 1_000; step++) expect(nameFault(suggestName(() => step / 1_000))).toBeUndefined();
});

test('only A to Z have a lower case here', () => {
  expect(lowerCase('AZaz09-\u212aİÄ')).toBe('azaz09-\u212aİÄ');
});
