// A message becomes a mail under the one it answers, for the proven author, the same each time.
import { expect, test } from 'vitest';
import { composeMail } from '../../../src/bots/email/compose.ts';
import { answeringTo } from '../../../src/bots/email/place.ts';
import { say } from '../../../src/threads/reply.ts';
import { ADDRESS, KEY, mail, message, ROW, threading } from './mails.ts';

const OPTIONS = { address: ADDRESS, threading, timeZone: 'UTC' };
const SECOND = answeringTo({
  subject: 'Re: spinup mybox',
  messageId: '<3@acme.dev>',
  inReplyTo: ['<2@acme.dev>'],
  references: ['<1@acme.dev>', '<2@acme.dev>'],
});

test('an answer stands under the mail that asked, and news under the first of the conversation', () => {
  expect(mail({ ticket: SECOND })).toMatchObject({
    subject: 'Re: spinup mybox',
    inReplyTo: '<3@acme.dev>',
    references: ['<1@acme.dev>', '<2@acme.dev>', '<3@acme.dev>'],
  });
  expect(mail({ kind: 'notice' })).toMatchObject({ inReplyTo: '<1@acme.dev>', references: ['<1@acme.dev>'] });
});

test('a mail without Message-ID is answered without a reference to it', () => {
  const first = answeringTo({ subject: '', messageId: undefined, inReplyTo: [], references: [] });
  expect(mail({ first })).toMatchObject({ subject: 'Re: Shellbox', inReplyTo: undefined, references: [] });
});

test('both addresses and the Message-ID lead an answer back to its conversation', () => {
  const { replyTo, messageId, to } = mail();
  const answer = { author: to, recipients: [ADDRESS], messageId: '<9@x>', inReplyTo: [], references: [] };
  expect(threading.threadOf({ ...answer, recipients: [replyTo] })).toBe(KEY);
  expect(threading.threadOf({ ...answer, inReplyTo: [messageId] })).toBe(KEY);
});

test('answers and news say that a robot wrote them, each in its way', () => {
  expect(mail().headers['Auto-Submitted']).toBe('auto-replied');
  expect(mail({ kind: 'notice' }).headers['Auto-Submitted']).toBe('auto-generated');
});

test('the same message is the same mail, and has the time of its row', () => {
  expect(mail()).toEqual(mail());
  expect(mail().date).toEqual(new Date('2026-11-02T13:02:07.000Z'));
  expect(composeMail({ ...message(), id: 'row-1' }, OPTIONS)?.date).toBeUndefined();
  expect(composeMail({ ...message(), id: ROW.replace('4b5c', '4b5d') }, OPTIONS)?.messageId).not.toBe(mail().messageId);
});

test('what only shows a state is not sent', () => {
  const light = { box: 'mybox', owner: 'ana', state: 'running', since: '' } as const;
  expect(composeMail(message({ body: { kind: 'light', light } }), OPTIONS)).toBeUndefined();
  expect(
    composeMail(message({ body: { kind: 'progress', progress: { title: '', lines: [] } } }), OPTIONS),
  ).toBeUndefined();
});

test('several answers are one mail', () => {
  const entries = [
    { line: 'list', reply: say('No boxes.') },
    { line: 'version', reply: say('0.1.0') },
  ];
  expect(mail({ body: { kind: 'transcript', entries } }).text).toBe('> list\nNo boxes.\n\n> version\n0.1.0\n');
});
