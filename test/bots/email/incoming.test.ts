// A mail that our own reader fails on: asked for again, and dropped when it fails three times.
import { expect, test } from 'vitest';
import { createIncoming } from '../../../src/bots/email/incoming.ts';
import { createThreading } from '../../../src/bots/email/threading.ts';
import { ShellboxError } from '../../../src/errors.ts';
import { createLogger } from '../../../src/log.ts';
import { arrived } from './in/corpus.ts';
import { mailOf, PLAIN_HEAD } from './in/signed-mail.ts';

test('a mail that cannot be read is asked for twice more, and then dropped with a word', async () => {
  const dropped: string[] = [];
  const incoming = createIncoming({
    address: 'box@acme.dev',
    reader: { read: () => Promise.reject(new ShellboxError('mail_unread', 'The thread failed.')) },
    threading: createThreading({ address: 'box@acme.dev', secret: new Uint8Array(32) }),
    understands: () => true,
    allowUnauthenticated: false,
    dropped: async ({ reason }) => void dropped.push(reason),
    logger: createLogger({ level: 'silent', secrets: [] }),
  });
  const intake = { accept: () => Promise.reject(new Error('nothing is to be accepted')) } as never;
  const take = (head = PLAIN_HEAD): Promise<void> =>
    incoming.take(arrived(mailOf(head)), intake, AbortSignal.timeout(10_000));
  await expect(take()).rejects.toMatchObject({ code: 'mail_unread' });
  await expect(take(['From: ben@acme.dev'])).rejects.toMatchObject({ code: 'mail_unread' });
  await expect(take()).rejects.toMatchObject({ code: 'mail_unread' });
  await take();
  expect(dropped).toEqual(['unreadable']);
});
