// What becomes of a mail that came in: read, weighed, and written down as an arrival, or dropped without an answer.
import { createHash } from 'node:crypto';
import { ShellboxError } from '../../errors.ts';
import type { Arrival, Intake } from '../../threads/arrival.ts';
import { commandLines } from './in/lines.ts';
import { robotReason } from './in/loops.ts';
import type { RawMail } from './in/raw-mail.ts';
import type { Author, ReadMail } from './in/read-mail.ts';
import type { MailReader } from './in/reader.ts';
import { subjectKind } from './in/subject.ts';
import { answeringTo, threadPlace, ticketText } from './place.ts';
import type { Threading } from './threading.ts';

export interface IncomingOptions {
  /** Where people write to. */
  address: string;
  reader: Pick<MailReader, 'read'>;
  threading: Threading;
  /** Whether a line begins a command. */
  understands: (line: string) => boolean;
  /** Takes every author's word: for closed networks. */
  allowUnauthenticated: boolean;
  /** Told of each mail that is dropped, with a word for why. `key` is the same when the same mail comes again. */
  dropped: (reason: string, key: string) => Promise<void>;
}

/** Nobody could say now whether it is proven: the sender's server is to try again. */
export class TryAgain extends ShellboxError<'mail_later'> {
  constructor(reason: string) {
    super('mail_later', `This mail cannot be judged now: ${reason}.`);
  }
}

/**
 * Resolves once the mail is written down, or dropped for good. Rejects with TryAgain, or as the database does: then the server that has
 * the mail must keep it.
 */
export function createIncoming(options: IncomingOptions) {
  const { address, reader, threading, understands, allowUnauthenticated, dropped } = options;

  return async function take(raw: RawMail, intake: Intake, signal: AbortSignal): Promise<void> {
    const mail = await reader.read(raw, signal);
    const { author, proof } = mail;
    const robot = robotReason(mail.headers, raw.envelopeFrom, [address]);
    if (robot !== undefined) return dropped(robot, keyOf(mail, raw));
    if (author === undefined) return dropped(`author_${mail.authorFault ?? 'unknown'}`, keyOf(mail, raw));
    if (!proof.proven && !allowUnauthenticated) {
      if (proof.temporary) throw new TryAgain('DNS did not answer');
      return dropped(proof.reason, keyOf(mail, raw));
    }
    const { delivery, duplicate } = await intake.accept(arrivalOf(mail, author, raw));
    if (!duplicate) void intake.work(delivery).catch(() => {}); // another process, or this one later, takes it over
  };

  function arrivalOf(mail: ReadMail, author: Author, raw: RawMail): Arrival {
    const { address: subject, display } = author;
    const unique = keyOf(mail, raw);
    const { inReplyTo, references, messageId } = mail;
    const key = threading.threadOf({
      author: subject,
      recipients: [...raw.envelopeTo, ...mail.recipients],
      messageId: messageId ?? unique,
      inReplyTo,
      references,
    });
    const answering = answeringTo(mail);
    return {
      door: 'email',
      tenant: '',
      deliveryId: unique,
      thread: threadPlace(key, subject, answering),
      speaker: { door: 'email', tenant: '', subject, display },
      text: linesOf(mail).join('\n'),
      interactive: true,
      ticket: ticketText(answering),
      whole: true,
    };
  }

  function linesOf(mail: ReadMail): string[] {
    if (!mail.readable) return [];
    const kind = subjectKind(mail.subject);
    const isReply = kind === 'reply' || mail.inReplyTo.length > 0;
    return commandLines({ ...mail, isReply, isForward: kind === 'forward' }, understands);
  }
}

/** The same for the same mail, whichever way it comes. */
function keyOf({ author, messageId, subject, text }: ReadMail, { bytes }: RawMail): string {
  const hash = createHash('sha256');
  const told = [author?.address ?? '', messageId ?? '', subject, text];
  if (messageId === undefined) hash.update(bytes);
  return hash.update(JSON.stringify(told)).digest('base64url');
}
