// Text for Discord: what anybody wrote is shown as written, and does nothing.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isOfRow, pressedCommand, tagOf } from '../../../src/bots/discord/buttons.ts';
import {
  BUTTON_LABEL_MAX,
  CONTENT_MAX,
  CUSTOM_ID_MAX,
  EMBED_TEXT_MAX,
  NONCE_MAX,
} from '../../../src/bots/discord/limits.ts';
import { render } from '../../../src/bots/discord/render.ts';
import { codeBlock, escaped, fittingLines } from '../../../src/bots/discord/text.ts';
import { command, say } from '../../../src/threads/reply.ts';
import { plain } from '../../../src/threads/shown.ts';

/** As Discord reads it: a backslash before a sign shows the sign. */
const read = (markdown: string): string => markdown.replace(/\\([!-/:-@[-`{-~])/g, '$1');
const ROW = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b';
const lively = fc
  .array(
    fc.constantFrom(
      '@everyone',
      '<@123>',
      '`',
      '```',
      '**',
      '_',
      '~~',
      '||',
      '> ',
      '# ',
      '1. ',
      '- ',
      '\\',
      '[a](b)',
      '\n',
      'x',
      ' ',
    ),
  )
  .map((parts) => parts.join(''));

describe('escaped text', () => {
  test('reads as it was written', () => {
    fc.assert(
      fc.property(fc.oneof(lively, fc.string()), (text) => {
        expect(read(escaped(text))).toBe(plain(text));
      }),
    );
  });

  test('has no sign left that formats, links or mentions', () => {
    fc.assert(
      fc.property(lively, (text) => {
        const bare = escaped(text).replace(/\\./g, 'x');
        expect(bare).not.toMatch(/[*_~`|<>[\]()@]/);
        expect(bare).not.toMatch(/^\s*(#|-|\+|\d+\.)/m);
      }),
    );
  });
});

test('code cannot leave its block', () => {
  fc.assert(
    fc.property(lively, (text) => {
      expect(codeBlock(text).split('```')).toHaveLength(3);
    }),
  );
});

test('what does not fit is cut at a line, with its code block closed', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(lively.map(escaped), lively.map(codeBlock))),
      fc.integer({ min: 20, max: 200 }),
      (pieces, most) => {
        const { text } = fittingLines(pieces, most);
        expect(text.length).toBeLessThanOrEqual(most);
        expect(text.split('\n').filter((line) => line === '```').length % 2).toBe(0);
      },
    ),
  );
});

test('a button carries its row and its command within what Discord takes', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.string({ minLength: 1, maxLength: 200 }), (row, line) => {
      const actions = [{ label: line, command: line }];
      const { components } = render({ kind: 'reply', reply: say({ kind: 'actions', actions }) }, row, true);
      for (const button of components.flatMap((one) => one.components)) {
        expect(button.custom_id.length).toBeLessThanOrEqual(CUSTOM_ID_MAX);
        expect(button.label.length).toBeLessThanOrEqual(BUTTON_LABEL_MAX);
        expect(isOfRow(button.custom_id, row)).toBe(true);
        expect([line, 'list']).toContain(pressedCommand(button.custom_id));
      }
    }),
  );
  expect(tagOf(ROW).length).toBeLessThanOrEqual(NONCE_MAX);
});

describe('a long reply', () => {
  const long = Array.from({ length: 400 }, (_, line) => `line ${line} of the log`).join('\n');

  test('is cut, and attached in full', () => {
    const { embeds, file } = render({ kind: 'reply', reply: say(long) }, ROW, true);
    expect(embeds[0]?.description.length).toBeLessThanOrEqual(EMBED_TEXT_MAX);
    expect(file).toContain('line 399 of the log');
  });

  test('of progress keeps its newest lines', () => {
    const lines = long.split('\n').map((label) => ({ label, state: 'done' }) as const);
    const { content } = render({ kind: 'progress', progress: { title: 'x', lines } }, ROW, true);
    expect(content.length).toBeLessThanOrEqual(CONTENT_MAX);
    expect(content).toContain('line 399');
  });
});

test('commands to type are shown as slash commands', () => {
  const { embeds } = render({ kind: 'reply', reply: say(command('start mybox')) }, ROW, true);
  expect(embeds[0]?.description).toContain('/shellbox start mybox');
});
