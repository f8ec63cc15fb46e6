// How a mail gets out: what is handed over, and which failures are told apart.
import { type ErrorDetails, ShellboxError } from '../../errors.ts';

export interface MailAttachment {
  name: string;
  /** Media type without parameters. */
  type: string;
  /** Sent as UTF-8. */
  text: string;
}

/** A whole mail to one person; every value is a single line but for `text`, `html` and attachments. */
export interface Mail {
  from: { name: string; address: string };
  to: string;
  replyTo: string;
  subject: string;
  /** In angle brackets, as `inReplyTo` and `references` are. The same for the same message, so that a second copy is known as one. */
  messageId: string;
  inReplyTo: string | undefined;
  references: readonly string[];
  /** Others, by name. */
  headers: Readonly<Record<string, string>>;
  /** When it was written; undefined: when it is sent. */
  date: Date | undefined;
  text: string;
  html: string;
  attachments: readonly MailAttachment[];
}

export interface Transport {
  /**
   * Resolves when somebody else has taken responsibility for the mail. Rejects with
   * - MailRefused: it was not taken and never will be;
   * - RateLimited: it was not taken, and may be later;
   * - ShellboxError `mail_unreachable`: it was not taken, because nobody was there who could, or let us in; the remedy is the operator's;
   * - ShellboxError `mail_unanswered`: nobody knows whether it was taken. Sent again it has the same Message-ID.
   */
  send(mail: Mail, signal: AbortSignal): Promise<void>;
}

/** This mail will never be taken, however often it is tried. The server's own words are in `cause`. */
export class MailRefused extends ShellboxError<'mail_refused'> {
  constructor(message: string, details: ErrorDetails = {}) {
    super('mail_refused', message, details);
  }
}

/** How long one attempt may take, all in all. */
export const SEND_TIMEOUT_MS = 30_000;
/** When a server says "later" without saying when. */
export const RETRY_AFTER_MS = 60_000;

export function unanswered(who: string, cause: unknown): ShellboxError<'mail_unanswered'> {
  return new ShellboxError('mail_unanswered', `${who} did not say whether it took a mail.`, { cause });
}
