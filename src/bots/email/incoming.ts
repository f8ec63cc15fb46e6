// What becomes of a mail that came in: read, weighed, and written down as an arrival, or dropped without an answer.
import { createHash } from 'node:crypto';
import { cutAtPrivateKey } from '../../accounts/private-key.ts';
import { ShellboxError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { Arrival, Intake } from '../../threads/arrival.ts';
import type { DroppedMail } from './dropped.ts';
import { commandLines, type Reading, type Understands } from './in/lines.ts';
import { robotReason } from './in/loops.ts';
import type { RawMail } from './in/raw-mail.ts';
import type { Author, ReadMail } from './in/read-mail.ts';
import type { MailReader } from './in/reader.ts';
import { mailKind } from './in/subject.ts';
import { answeringTo, threadPlace, ticketText } from './place.ts';
import { remarksOn } from './remarks.ts';
import type { Threading } from './threading.ts';

export interface IncomingOptions {
  /** Where people write to. */
  address: string;
  reader: Pick<MailReader, 'read'>;
  threading: Threading;
  /** Whether a line begins a command. */
  understands: Understands;
  /** Takes every author's word: for closed networks. */
  allowUnauthenticated: boolean;
  /** Told of each mail that is dropped. */
  dropped: (mail: DroppedMail) => Promise<void>;
  logger: Logger;
}

/** So often a mail is read whose reading fails. */
const MOST_READINGS = 3;
const MOST_FAILURES_KNOWN = 1_000;

/** Nobody could say now whether it is proven: the sender's server is to try again. */
export class TryAgain extends ShellboxError<'mail_later'> {
  constructor(reason: string) {
    super('mail_later', `This mail cannot be judged now: ${reason}.`);
  }
}

export interface Incoming {
  /**
   * Resolves once the mail is written down, or dropped for good. Rejects with TryAgain, or as the database does: then the server that
   * has the mail must keep it.
   */
  take(raw: RawMail, intake: Intake, signal: AbortSignal): Promise<void>;
  /** The same for one that somebody else has read. */
  takeRead(mail: ReadMail, envelope: Envelope, intake: Intake): Promise<void>;
}

export interface Envelope {
  from: string | undefined;
  to: readonly string[];
}

export function createIncoming(options: IncomingOptions): Incoming {
  const { address, reader, threading, understands, allowUnauthenticated, dropped, logger } = options;

  /** How often mails could not be read, by their bytes. */
  const failures = new Map<string, number>();

  /** The fault may be ours and pass; or the mail's, and then its server would bring it for days. */
  function failedTooOften(key: string): boolean {
    const times = (failures.get(key) ?? 0) + 1;
    const [oldest] = failures.keys();
    if (failures.size >= MOST_FAILURES_KNOWN && oldest !== undefined) failures.delete(oldest);
    failures.set(key, times);
    return times >= MOST_READINGS;
  }

  async function takeRead(mail: ReadMail, envelope: Envelope, intake: Intake): Promise<void> {
    const { author, proof } = mail;
    const key = keyOf(mail);
    const drop = (reason: string): Promise<void> => dropped({ reason, key, from: author?.domain });
    const robot = robotReason(mail.headers, envelope.from, [address]);
    if (robot !== undefined) return drop(robot);
    if (author === undefined) return drop(`author_${mail.authorFault ?? 'unknown'}`);
    if (!proof.proven && !allowUnauthenticated) {
      if (proof.temporary) throw new TryAgain('DNS did not answer');
      return drop(proof.reason);
    }
    const { delivery, duplicate } = await intake.accept(arrivalOf(mail, author, envelope, key));
    if (duplicate) return;
    intake.work(delivery).catch((error: unknown) => {
      logger.warn({ door: 'email', delivery, error }, 'A mail could not be worked on; it is taken up again');
    });
  }

  function arrivalOf(read: ReadMail, author: Author, envelope: Envelope, unique: string): Arrival {
    const mail = { ...read, subject: cutAtPrivateKey(read.subject) };
    const { address: subject, display } = author;
    const { inReplyTo, references, messageId = unique } = mail;
    const recipients = [...envelope.to, ...mail.recipients];
    const key = threading.threadOf({ author: subject, recipients, messageId, inReplyTo, references });
    const answering = answeringTo(mail);
    const reading = readingOf(mail);
    return {
      door: 'email',
      tenant: '',
      deliveryId: unique,
      thread: threadPlace(key, subject, answering),
      speaker: { door: 'email', tenant: '', subject, display },
      text: reading?.commands.join('\n') ?? '',
      interactive: true,
      ticket: ticketText(answering, remarksOn(reading)),
      whole: true,
    };
  }

  function readingOf(mail: ReadMail): Reading | undefined {
    if (!mail.readable) return undefined;
    const kind = mailKind(mail);
    return commandLines({ ...mail, isReply: kind === 'reply', isForward: kind === 'forward' }, understands);
  }

  return {
    takeRead,
    async take(raw, intake, signal) {
      let mail: ReadMail;
      try {
        mail = await reader.read(raw, signal);
      } catch (error) {
        if (!isUnread(error)) throw error;
        const key = bytesKey(raw);
        if (failedTooOften(key)) return dropped({ reason: 'unreadable', key });
        throw error;
      }
      // Tens of megabytes are hashed only where some mail has failed.
      if (failures.size > 0) failures.delete(bytesKey(raw));
      await takeRead(mail, { from: raw.envelopeFrom, to: raw.envelopeTo }, intake);
    },
  };
}

function bytesKey({ bytes }: RawMail): string {
  return createHash('sha256').update(bytes).digest('base64url');
}

function isUnread(error: unknown): boolean {
  return error instanceof ShellboxError && error.code === 'mail_unread';
}

/**
 * The same for the same mail, whichever way it comes, and for one that its author's server sends again. What is not covered by a signature,
 * or may be written in another way under one, has no part in it where there is a Message-ID, which a signature always covers.
 */
function keyOf({ author, messageId, subject, text, keys }: ReadMail): string {
  const told = messageId === undefined ? [subject, text, keys] : [messageId];
  return createHash('sha256')
    .update(JSON.stringify([author?.address ?? '', ...told]))
    .digest('base64url');
}
