// Several answers in one message are one reply where a door knows only those.
import { expect, test } from 'vitest';
import {
  fail,
  misuse,
  type ProgressLine,
  progressLines,
  type Reply,
  replyOf,
  say,
  text,
} from '../../src/threads/reply.ts';

const asked = (...replies: Reply[]) => replies.map((reply) => ({ line: 'list', reply }));

test('a transcript says its answers one after the other, then the rest', () => {
  const body = { kind: 'transcript', entries: asked(say('one', 'two'), say('three')), rest: 'four' } as const;
  expect(replyOf(body)).toEqual(say(...['one', 'two', 'three', 'four'].map(text)));
});

test('the worst of its outcomes is that of all', () => {
  const of = (...replies: Reply[]) => replyOf({ kind: 'transcript', entries: asked(...replies) }).outcome;
  expect([of(say('a')), of(say('a'), fail('b')), of(misuse('a'), fail('b'), say('c')), of()]).toEqual([
    'done',
    'failed',
    'usage',
    'done',
  ]);
});

test('any other body says its own reply', () => {
  expect(replyOf({ kind: 'notice', reply: say('stopped') })).toEqual(say('stopped'));
});

test('progress says what is waited for, what is done, and above the steps how long it usually takes', () => {
  const shown = (title: string, lines: readonly ProgressLine[], note?: string) =>
    progressLines({ title, lines, ...(note === undefined ? {} : { note }) }, (line) => line.label);
  const home = { label: 'home volume', state: 'done' } as const;
  expect(shown('', [])).toEqual(['○ working…']);
  expect(shown('', [], '2 ahead of yours')).toEqual(['○ waiting · 2 ahead of yours…']);
  expect(shown('mybox is being made', [], 'usually 38 s')).toEqual(['○ mybox is being made · usually 38 s…']);
  expect(shown('mybox is being made', [home], 'usually 38 s')).toEqual(['usually 38 s', '✓ home volume']);
  expect(shown('mybox is being made', [home])).toEqual(['✓ home volume']);
});
