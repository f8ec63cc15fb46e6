// An answer's Subject and References keep to one header line each, whatever the answered mail had in its own.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inReplyToOf, REFERENCES_MAX, referencesOf, subjectOf } from '../../../src/bots/email/thread-headers.ts';

const ID = fc
  .tuple(fc.nat(), fc.integer({ min: 1, max: 150 }))
  .map(([n, size]) => `<${n}.${'x'.repeat(size)}@example.org>`);
const NOTHING = { messageId: undefined, inReplyTo: [], references: [] };

test.each([
  ['spinup mybox', 'Re: spinup mybox'],
  ['Re: spinup mybox', 'Re: spinup mybox'],
  ['RE: Aw: re[3]:spinup mybox', 'Re: spinup mybox'],
  ['  spinup \t mybox ', 'Re: spinup mybox'],
  ['spinup\r\nBcc: eve@example.org', 'Re: spinup Bcc: eve@example.org'],
  ['renew: all', 'Re: renew: all'],
  ['', 'Re: Shellbox'],
  ['Re:', 'Re: Shellbox'],
  ['\u202Exobym punips', 'Re: xobym punips'],
  ['Größe für müde Boxen 🚀', 'Re: Größe für müde Boxen 🚀'],
])('the answer to "%s" is called "%s"', (subject, answer) => {
  expect(subjectOf(subject)).toBe(answer);
});

test('no subject breaks its line, grows, or changes when it is answered again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (subject) => {
      const answer = subjectOf(subject);
      expect(answer).toMatch(/^Re: [^\p{Cc}\p{Zl}\p{Zp}]+$/u);
      expect([...answer].length).toBeLessThanOrEqual(154);
      expect(subjectOf(answer)).toBe(answer);
    }),
  );
});

test('an answer refers to all that the answered mail refers to, and to that mail', () => {
  const references = ['<a@x>', '<b@x>'];
  expect(referencesOf({ messageId: '<c@x>', inReplyTo: ['<b@x>'], references })).toEqual(['<a@x>', '<b@x>', '<c@x>']);
  expect(referencesOf({ ...NOTHING, messageId: '<c@x>', inReplyTo: ['<b@x>'] })).toEqual(['<b@x>', '<c@x>']);
  expect(referencesOf({ ...NOTHING, messageId: '<c@x>', inReplyTo: ['<a@x> <b@x>'] })).toEqual(['<c@x>']);
  expect(referencesOf({ ...NOTHING, messageId: 'c@x' })).toEqual(['<c@x>']);
  expect(referencesOf(NOTHING)).toEqual([]);
});

test('what is too much is left out of the middle: the first, the last and as many before it as fit stay in order', () => {
  fc.assert(
    fc.property(fc.uniqueArray(ID, { minLength: 2, maxLength: 60 }), (ids) => {
      const kept = referencesOf({ messageId: ids.at(-1), inReplyTo: [], references: ids.slice(0, -1) });
      expect(kept.join(' ').length).toBeLessThanOrEqual(REFERENCES_MAX);
      expect(kept[0]).toBe(ids[0]);
      expect(kept.slice(1)).toEqual(ids.slice(ids.length - kept.length + 1));
      const next = ids.at(-kept.length);
      if (kept.length < ids.length)
        expect(kept.join(' ').length + 1 + (next?.length ?? 0)).toBeGreaterThan(REFERENCES_MAX);
    }),
  );
});

test('what is no Message-ID never gets into a header', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), fc.string({ unit: 'binary' }), (references, messageId) => {
      const parent = { messageId, inReplyTo: references, references };
      for (const id of [...referencesOf(parent), inReplyToOf(parent) ?? '<none@x>'])
        expect(id).toMatch(/^<[!-;=?-~]+>$/);
    }),
  );
  expect(inReplyToOf({ ...NOTHING, messageId: `<${'x'.repeat(500)}@y>` })).toBeUndefined();
});
