// Changes of a .env file: what Node reads back is what was set, and every other line is as it was.
import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editEnv } from '../../src/config/env-edit.ts';

test('a new variable takes the place of its commented example, or is appended', () => {
  const text = '# Slack\n#SLACK_BOT_TOKEN=xoxb-…\n#REDIS_URL=redis://a\n#REDIS_URL=unix:///b\n';
  expect(editEnv(text, { SLACK_BOT_TOKEN: 'xoxb-1', REDIS_URL: 'redis://c', LOG_LEVEL: 'warn' })).toBe(
    '# Slack\nSLACK_BOT_TOKEN=xoxb-1\nREDIS_URL=redis://c\n#REDIS_URL=unix:///b\nLOG_LEVEL=warn\n',
  );
});

test('an old value is nowhere any more, not even on a line that did not count, or behind line ends in quotes', () => {
  const text = 'A=1\nTOKEN=older\nexport TOKEN = "old\nB=2"\n# TOKEN is secret\nB=3\n';
  expect(editEnv(text, { TOKEN: 'new' })).toBe('A=1\nTOKEN=new\n# TOKEN is secret\nB=3\n');
  expect(editEnv(text, { TOKEN: undefined })).toBe('A=1\n# TOKEN is secret\nB=3\n');
});

test('line ends stay what they are', () => {
  expect(editEnv('A=1\r\n# b\r\n', { A: '2' })).toBe('A=2\r\n# b\r\n');
});

describe('whatever stands there', () => {
  const name = fc.constantFrom('A', 'B', 'TOKEN', 'SMTP_URL');
  const value = fc
    .string({ unit: fc.constantFrom(...'aZ09 #=$\\\'"`/:@!{}nä-'), minLength: 1, maxLength: 12 })
    .map((text) => text.trim())
    // The other kinds cannot be written, which the next test is about.
    .filter((text) => text !== '' && !(/'/.test(text) && /`/.test(text) && /["\\]/.test(text)));
  const line = fc.oneof(
    fc.constantFrom('', '# note', '#TOKEN=example', 'export B=7'),
    fc
      .tuple(name, fc.constantFrom('1', '"two words"', "'it'", '"first\nTOKEN=inside\nlast"', '`x` # y'))
      .map(([key, text]) => `${key}=${text}`),
  );

  test('is read back as it was but for what was changed', () => {
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 8 }),
        fc.dictionary(name, fc.option(value, { nil: undefined })),
        (lines, changes) => {
          const text = `${lines.join('\n')}\n`;
          const wanted = { ...parseEnv(text), ...changes };
          const expected = Object.fromEntries(Object.entries(wanted).filter(([, each]) => each !== undefined));
          const edited = editEnv(text, changes);
          expect({ ...parseEnv(edited) }).toEqual(expected);
          expect(editEnv(edited, changes)).toBe(edited);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test.each(['\'"`', "'`\\", 'two\nlines'])('a value that cannot be written is refused: %j', (text) => {
    expect(() => editEnv('', { A: text })).toThrow(RangeError);
  });
});
