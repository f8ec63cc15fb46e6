// Where a mail conversation is: the address that only this door reads, its lane, and what every arrival brings along to be answered.
import { z } from 'zod';
import type { ThreadPlace } from '../../threads/arrival.ts';
import type { Address } from '../../threads/thread.ts';
import type { OutgoingMessage } from '../door.ts';
import { inReplyToOf, type Parent, referencesOf, subjectOf } from './thread-headers.ts';

/** The headers of an answer. */
const answeringSchema = z.object({
  subject: z.string(),
  inReplyTo: z.string().nullable(),
  /** Separated by spaces. */
  references: z.string(),
});
export type Answering = z.infer<typeof answeringSchema>;

/** `key`: see threading.ts. `to`: the proven author, the only one who is ever written to. The rest answers the first mail. */
const placeSchema = answeringSchema.extend({ key: z.string(), to: z.string() });
export type MailPlace = z.infer<typeof placeSchema>;

export function answeringTo(mail: Parent & { subject: string }): Answering {
  return {
    subject: subjectOf(mail.subject),
    inReplyTo: inReplyToOf(mail) ?? null,
    references: referencesOf(mail).join(' '),
  };
}

export function threadPlace(key: string, to: string, answering: Answering): ThreadPlace {
  return { key, address: { key, to, ...answering }, lane: `email:${to}` };
}

/** A conversation that we begin: about one box, or about nothing that has a name. */
export function directPlace(key: string, to: string, boxName: string | undefined): ThreadPlace {
  const subject = boxName === undefined ? 'News from Shellbox' : `Your box ${boxName}`;
  return threadPlace(key, to, { subject, inReplyTo: null, references: '' });
}

export function placeOf(address: Address): MailPlace {
  return placeSchema.parse(address);
}

/** `remarks`: what the answer says last. */
const ticketSchema = answeringSchema.extend({ remarks: z.array(z.string()).default([]) });

/** Goes along with an arrival, so that its answers stand under it and not under the conversation's first mail. */
export function ticketText(answering: Answering, remarks: readonly string[] = []): string {
  return JSON.stringify({ ...answering, remarks });
}

/** Under which mail a message belongs. Only this door writes tickets, so one that cannot be read is a fault of ours. */
export function answeringOf({
  asker,
  thread,
}: Pick<OutgoingMessage, 'asker' | 'thread'>): Answering & { remarks: string[] } {
  const ticket = asker?.ticket;
  return ticket === undefined ? { ...placeOf(thread.address), remarks: [] } : ticketSchema.parse(JSON.parse(ticket));
}
