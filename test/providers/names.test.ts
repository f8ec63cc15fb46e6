// Names at clouds that have no tags: what was written is read again, and nothing else is.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instanceName, keptName, parseInstanceName, parseKeptName } from '../../src/providers/names.ts';

const installId = fc.stringMatching(/^[a-z][a-z0-9]{7}$/);
const incarnation = fc.integer({ min: 0, max: 1_000_000 });
const BOX = '0198a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b';
const NAME = instanceName('abcdefgh', BOX, 3);

describe('the name of an instance', () => {
  test('is read as what it was made of', () => {
    fc.assert(
      fc.property(installId, fc.uuid(), incarnation, (install, boxId, count) => {
        expect(parseInstanceName(instanceName(install, boxId, count))).toEqual({
          installId: install,
          boxId,
          incarnation: count,
        });
      }),
    );
  });

  test('is known by every one of its characters', () => {
    fc.assert(
      fc.property(fc.nat(NAME.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, character) => {
        const bent = NAME.slice(0, at) + character + NAME.slice(at + 1);
        const mark = parseInstanceName(bent);
        if (mark === undefined) return;
        expect(instanceName(mark.installId, mark.boxId, mark.incarnation)).toBe(bent);
      }),
    );
  });

  test.each([
    ['of nothing', ''],
    ['with something before it', ` ${NAME}`],
    ['with a line after it', `${NAME}\n`],
    ['in capitals', NAME.toUpperCase()],
    ['without an incarnation', NAME.slice(0, -2)],
    ['with an incarnation that has a leading zero', NAME.replace(/3$/, '03')],
    ['with an incarnation below zero', NAME.replace(/3$/, '-3')],
    ['with an incarnation beyond whole numbers', NAME.replace(/3$/, '99999999999999999')],
    ['with more bits than a UUID has', NAME.replace(/^(sb-abcdefgh-)./, '$18')],
    ['with a letter that base 32 does not have', NAME.replace(/^(sb-abcdefgh-..)./, '$1u')],
    ['of another program', 'web-1'],
  ])('is none %s', (_what, name) => {
    expect(parseInstanceName(name)).toBeUndefined();
  });
});

describe('the name of what outlives instances', () => {
  test('is read as what it was made of', () => {
    fc.assert(
      fc.property(installId, fc.uuid(), (install, uuid) => {
        expect(parseKeptName(keptName(install, uuid))).toEqual({ installId: install, uuid });
      }),
    );
  });

  test('is never that of an instance', () => {
    expect(parseKeptName(NAME)).toBeUndefined();
    expect(parseInstanceName(keptName('abcdefgh', BOX))).toBeUndefined();
  });
});
