// A mail and a message of tests, as the door would make them.
import type { OutgoingMessage } from '../../../src/bots/door.ts';
import { composeMail } from '../../../src/bots/email/compose.ts';
import { type Answering, answeringTo, threadPlace, ticketText } from '../../../src/bots/email/place.ts';
import { createThreading } from '../../../src/bots/email/threading.ts';
import type { Mail } from '../../../src/bots/email/transport.ts';
import { code, type MessageBody, say } from '../../../src/threads/reply.ts';

export const ADDRESS = 'box@acme.dev';
export const threading = createThreading({ address: ADDRESS, secret: Buffer.alloc(32, 7) });
export const KEY = 'abcdefghijklmnop';
/** Made 2026-11-02 13:02:07.344 UTC. */
export const ROW = '01a19c5a-51f0-7d2e-8f3a-4b5c6d7e8f90';
const KNOWN_HOST = `[box.acme.dev]:2222 ssh-ed25519 ${'A'.repeat(68)}`;

export const FIRST = answeringTo({ subject: 'spinup mybox', messageId: '<1@acme.dev>', inReplyTo: [], references: [] });

export interface MessageFacts {
  body?: MessageBody;
  kind?: OutgoingMessage['kind'];
  first?: Answering;
  ticket?: Answering;
  to?: string;
}

export function message(facts: MessageFacts = {}): OutgoingMessage {
  const { to = 'ana@example.org', first = FIRST, kind = 'final', ticket } = facts;
  const { address } = threadPlace(KEY, to, first);
  return {
    id: ROW,
    thread: { id: 'thread', door: 'email', tenant: '', address },
    kind,
    visibility: 'private',
    body: facts.body ?? { kind: 'reply', reply: say('mybox is ready.', code(KNOWN_HOST)) },
    revision: 1,
    platformId: undefined,
    maybeSent: false,
    command: undefined,
    asker: {
      subject: to,
      display: to,
      ticket: ticket && ticketText(ticket),
      askedAt: new Date(0),
    },
  };
}

export function mail(facts: MessageFacts = {}): Mail {
  const composed = composeMail(message(facts), { address: ADDRESS, threading, timeZone: 'UTC' });
  if (composed === undefined) throw new Error('Nothing to send.');
  return composed;
}
