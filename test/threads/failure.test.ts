// The ids that failures are shown with: short, without letters that are mistaken, and read again however they were copied.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { failureIdOf, readFailureId, withFailure } from '../../src/threads/failure.ts';
import { fail } from '../../src/threads/reply.ts';

const UUID = '01980c5e-7a1b-7c3d-9e4f-5a6b7c8d9e0f';

test('an id has eight letters and digits, none of which looks like another', () => {
  fc.assert(
    fc.property(fc.uuid(), (uuid) => {
      expect(failureIdOf(uuid)).toMatch(/^[0-9A-HJKMNP-TV-Z]{8}$/);
    }),
  );
});

test('an id stays the same for the same thing, and differs where only the random end does', () => {
  expect(failureIdOf(UUID)).toBe(failureIdOf(UUID.toUpperCase()));
  expect(failureIdOf(UUID)).not.toBe(failureIdOf(UUID.replace(/f$/, 'e')));
});

test('an id is read in small letters, in groups, and with letters for digits', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.integer({ min: 0, max: 8 }), (uuid, cut) => {
      const id = failureIdOf(uuid);
      const copied = `${id.slice(0, cut)}-${id.slice(cut)}`.replaceAll('0', 'o').replaceAll('1', 'l').toLowerCase();
      expect(readFailureId(copied)).toBe(id);
    }),
  );
});

test('what is no id is not taken for one', () => {
  for (const typed of ['', 'mybox', '7K2M9QX', '7K2M9QXBB', UUID, '7K2M9QXU'])
    expect(readFailureId(typed)).toBeUndefined();
});

test('a reply with an id ends with it', () => {
  const { outcome, blocks } = withFailure(fail('It broke.'), '7K2M9QXB');
  expect(outcome).toBe('failed');
  expect(blocks.at(-1)).toEqual({ kind: 'text', text: 'For an operator: failure 7K2M9QXB' });
});
