// What is written down of mails that are dropped: each in the metrics, and so many an hour in the log and the audit, which strangers could fill.
import type { Logger } from '../../log.ts';

export interface DroppedMail {
  /** A word: `unsigned`, `auto_submitted`. */
  reason: string;
  /** The same when the same mail comes again. */
  key: string;
  /** The domain in From; undefined when nobody can tell. */
  from?: string | undefined;
}

export interface DroppedOptions {
  count(reason: string): void;
  /** Writes a row of the audit. */
  record(
    action: 'mail.dropped' | 'mail.more_dropped',
    target: Readonly<Record<string, string | number>>,
  ): Promise<void>;
  now(): Date;
  logger: Logger;
}

/** Rows in the audit, an hour. */
const MOST_AN_HOUR = 60;
const HOUR_MS = 3_600_000;

/** The number of those beyond is written down with the first that is dropped in a later hour. */
export function createDropped({ count, record, now, logger }: DroppedOptions): (mail: DroppedMail) => Promise<void> {
  let hour = 0;
  let inHour = 0;

  return async ({ reason, key, from }) => {
    count(reason);
    const current = Math.floor(now().getTime() / HOUR_MS);
    const beyond = inHour - MOST_AN_HOUR;
    if (current !== hour) {
      hour = current;
      inHour = 0;
      if (beyond > 0) await record('mail.more_dropped', { count: beyond });
    }
    inHour += 1;
    if (inHour > MOST_AN_HOUR) return;
    const target = { reason, mail: key, ...(from === undefined ? {} : { from }) };
    logger.info({ door: 'email', ...target }, 'A mail was dropped without an answer');
    if (inHour === MOST_AN_HOUR)
      logger.warn({ door: 'email' }, 'Many mails are dropped: until the hour is over the metrics alone count them');
    await record('mail.dropped', target);
  };
}
