// What is counted and logged of a message once its platform has answered.
import type { Logger } from '../log.ts';
import type { Meters } from '../meters.ts';
import type { MessageRow } from '../store/threads.ts';

/** What every line about a message says of it. */
export function aboutMessage({ id, thread, commandId, jobId, boxId }: MessageRow): object {
  return {
    door: thread.door,
    message: id,
    ...(commandId === null ? {} : { command: commandId }),
    ...(jobId === null ? {} : { job: jobId }),
    ...(boxId === null ? {} : { box: boxId }),
  };
}

/**
 * The platform has it. `sinceMs`: how long ago the message was read from the database, where it was noted how long ago its command
 * had come.
 */
export function noteGone(
  { meters, logger }: { meters: Meters; logger: Logger },
  { kind, thread: { door }, askedMsAgo }: MessageRow,
  sinceMs: number,
): void {
  meters.sent(door, 'sent');
  if (kind === 'progress' || kind === 'light') return;
  const tookMs = askedMsAgo === null ? undefined : Math.max(0, Math.round(askedMsAgo + sinceMs));
  if (kind === 'final' && tookMs !== undefined) meters.answered(door, tookMs);
  logger.info({ kind, ...(tookMs === undefined ? {} : { tookMs }) }, 'A message was sent');
}
