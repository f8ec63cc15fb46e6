// Conversations are found by signed tokens: made for one person, read whatever case they come back in, refused to everybody else.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createThreading, type ThreadedMail } from '../../../src/bots/email/threading.ts';

const ADDRESS = 'box@acme.dev';
const threading = createThreading({ address: ADDRESS, secret: Buffer.alloc(32, 7) });
const ROW = '019a5f0e-7b1c-7d2e-8f3a-4b5c6d7e8f90';

const KEY = fc.stringMatching(/^[a-z2-7]{16}$/);
const PERSON = fc
  .tuple(fc.stringMatching(/^[a-z0-9.]{1,20}$/), fc.constantFrom('acme.dev', 'example.org', 'mail.example.com'))
  .map((parts) => parts.join('@'));
const TWO_PEOPLE = fc.tuple(PERSON, PERSON).filter(([one, other]) => one !== other);

function mail(facts: Partial<ThreadedMail>): ThreadedMail {
  return {
    author: 'ana@acme.dev',
    recipients: [ADDRESS],
    messageId: '<1@acme.dev>',
    inReplyTo: [],
    references: [],
    ...facts,
  };
}

function anyCase(text: string, flips: readonly boolean[]): string {
  return [...text].map((letter, place) => (flips[place % flips.length] ? letter.toUpperCase() : letter)).join('');
}

test('an answer to our address of a conversation is of that conversation', () => {
  fc.assert(
    fc.property(KEY, PERSON, (key, author) => {
      const recipients = [ADDRESS, threading.replyAddress(key, author)];
      expect(threading.threadOf(mail({ author, recipients, references: ['<other@example.org>'] }))).toBe(key);
    }),
  );
});

test('an answer whose address lost the token is known by In-Reply-To or any of the References', () => {
  fc.assert(
    fc.property(KEY, PERSON, fc.boolean(), (key, author, isDirect) => {
      const ours = threading.messageId(ROW, key, author);
      const headers = isDirect ? { inReplyTo: [ours] } : { inReplyTo: ['<x@y>'], references: ['<a@b>', ours, '<x@y>'] };
      expect(threading.threadOf(mail({ author, ...headers }))).toBe(key);
    }),
  );
});

test('a token comes back in any case', () => {
  fc.assert(
    fc.property(KEY, PERSON, fc.array(fc.boolean(), { minLength: 1, maxLength: 80 }), (key, author, flips) => {
      const recipients = [anyCase(threading.replyAddress(key, author), flips)];
      expect(threading.threadOf(mail({ author: anyCase(author, flips), recipients }))).toBe(key);
      const inReplyTo = [anyCase(threading.messageId(ROW, key, author), flips)];
      expect(threading.threadOf(mail({ author, inReplyTo }))).toBe(key);
    }),
  );
});

test('a token that was made for one person is refused from another', () => {
  fc.assert(
    fc.property(KEY, TWO_PEOPLE, (key, [owner, other]) => {
      const recipients = [threading.replyAddress(key, owner)];
      const inReplyTo = [threading.messageId(ROW, key, owner)];
      expect(threading.threadOf(mail({ author: other, recipients, inReplyTo }))).not.toBe(key);
    }),
  );
});

test('a token that was changed in one place, made with another secret or for another domain is refused', () => {
  fc.assert(
    fc.property(KEY, PERSON, fc.nat(31), (key, author, place) => {
      const good = threading.replyAddress(key, author);
      const at = 'box+'.length + place;
      const changed = good.slice(0, at) + (good[at] === 'a' ? 'b' : 'a') + good.slice(at + 1);
      const elsewhere = createThreading({ address: ADDRESS, secret: Buffer.alloc(32, 8) }).replyAddress(key, author);
      const foreign = good.replace('@acme.dev', '@acme.dev.example.org');
      const fresh = threading.threadOf(mail({ author }));
      for (const bad of [changed, elsewhere, foreign])
        expect(threading.threadOf(mail({ author, recipients: [bad] }))).toBe(fresh);
    }),
  );
});

test('our addresses are letters and digits with one plus, and no longer than a local part may be', () => {
  fc.assert(
    fc.property(KEY, PERSON, fc.stringMatching(/^[a-z]{1,20}$/), (key, author, local) => {
      const made = createThreading({ address: `${local}@acme.dev`, secret: Buffer.alloc(32) }).replyAddress(
        key,
        author,
      );
      expect(made).toMatch(/^[a-z]+\+[a-z2-7]{32}@acme\.dev$/);
      expect(made.indexOf('@')).toBeLessThanOrEqual(64);
    }),
  );
});

test('the same mail comes to the same conversation again, and another mail or author to another', () => {
  const first = threading.threadOf(mail({}));
  expect(threading.threadOf(mail({}))).toBe(first);
  expect(first).toMatch(/^[a-z2-7]{16}$/);
  expect(threading.threadOf(mail({ messageId: '<2@acme.dev>' }))).not.toBe(first);
  expect(threading.threadOf(mail({ author: 'ben@acme.dev' }))).not.toBe(first);
});

test('whoever answers their own mail before we did stays in its conversation', () => {
  const first = threading.threadOf(mail({ messageId: '<1@acme.dev>' }));
  expect(threading.threadOf(mail({ messageId: '<2@acme.dev>', inReplyTo: ['<1@acme.dev>'] }))).toBe(first);
  const later = mail({
    messageId: '<3@acme.dev>',
    inReplyTo: ['<2@acme.dev>'],
    references: ['<1@acme.dev>', '<2@acme.dev>'],
  });
  expect(threading.threadOf(later)).toBe(first);
});

test('a Message-ID is that of its row, each time', () => {
  const made = threading.messageId(ROW, 'abcdefghijklmnop', 'ana@acme.dev');
  expect(made).toMatch(new RegExp(`^<${ROW}\\.abcdefghijklmnop[a-z2-7]{16}@acme\\.dev>$`));
  expect(threading.messageId(ROW, 'abcdefghijklmnop', 'Ana@acme.dev ')).toBe(made);
});
