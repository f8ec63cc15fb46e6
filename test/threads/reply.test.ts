// Several answers in one message are one reply where a door knows only those.
import { expect, test } from 'vitest';
import { fail, misuse, type Reply, replyOf, say, text } from '../../src/threads/reply.ts';

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
