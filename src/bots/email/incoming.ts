// What becomes of a mail that came in: read, weighed, and written down as an arrival, or dropped without an answer.
import { createHash } from 'node:crypto';
import { cutAtPrivateKey } from '../../accounts/private-key.ts';
import { ShellboxError } from '../../errors.ts';
import type { Arrival, Intake } from '../../threads/arrival.ts';
import { commandLines, type Reading, type Understands } from './in/lines.ts';
import { robotReason } from './in/loops.ts';
import { holdsPrivateKey } from './in/private-file.ts';
import type { RawMail } from './in/raw-mail.ts';
import { deliveryIdOf } from './in/read-head.ts';
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
  /** Told of each mail that is dropped, with a word for why. `key` is the same when the same mail comes again. */
  dropped: (reason: string, key: string) => Promise<void>;
}

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
  const { address, reader, threading, understands, allowUnauthenticated, dropped } = options;

  async function takeRead(mail: ReadMail, envelope: Envelope, intake: Intake): Promise<void> {
    const { author, proof } = mail;
    const key = keyOf(mail);
    const robot = robotReason(mail.headers, envelope.from, [address]);
    if (robot !== undefined) return dropped(robot, key);
    if (author === undefined) return dropped(`author_${mail.authorFault ?? 'unknown'}`, key);
    if (!proof.proven && !allowUnauthenticated) {
      if (proof.temporary) throw new TryAgain('DNS did not answer');
      return dropped(proof.reason, key);
    }
    const { delivery, duplicate } = await intake.accept(arrivalOf(mail, author, envelope, key));
    if (!duplicate) void intake.work(delivery).catch(() => {}); // another process, or this one later, takes it over
  }

  function arrivalOf(mail: ReadMail, author: Author, envelope: Envelope, unique: string): Arrival {
    const { address: subject, display } = author;
    const { inReplyTo, references, messageId = unique } = mail;
    const recipients = [...envelope.to, ...mail.recipients];
    const key = threading.threadOf({ author: subject, recipients, messageId, inReplyTo, references });
    const answering = answeringTo({ ...mail, subject: cutAtPrivateKey(mail.subject) });
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
    const subject = cutAtPrivateKey(mail.subject);
    return commandLines({ ...mail, subject, isReply: kind === 'reply', isForward: kind === 'forward' }, understands);
  }

  return {
    takeRead,
    async take(raw, intake, signal) {
      const mail = await reader.read(raw, signal);
      await takeRead(
        { ...mail, hasPrivateKey: holdsPrivateKey(raw.bytes) },
        { from: raw.envelopeFrom, to: raw.envelopeTo },
        intake,
      );
    },
  };
}

/** The same for the same mail, whichever way it comes, also when what nobody signed was changed. */
function keyOf(mail: ReadMail): string {
  const { author, subject, text, keys } = mail;
  const told = [author?.address ?? '', deliveryIdOf(mail) ?? '', subject, text, keys];
  return createHash('sha256').update(JSON.stringify(told)).digest('base64url');
}
