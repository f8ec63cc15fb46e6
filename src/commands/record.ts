// Writes down what a line came to: told by a message of its own, or as a part of the one answer to its whole delivery.
import { type NewCommand, recordAnswered, recordWaiting } from '../store/answers.ts';
import type { Tx } from '../store/database.ts';
import type { Delivery } from '../store/deliveries.ts';
import { lightThread } from '../store/lights.ts';
import { recordEntry, recordWaitingEntry } from '../store/transcripts.ts';
import { type Block, say } from '../threads/reply.ts';
import { shown } from '../threads/shown.ts';
import type { CommandResult } from './command.ts';
import { announce, withGreeting } from './greeting.ts';

export interface Recording {
  delivery: Delivery;
  /** As it may be kept and told. */
  line: string;
  record: NewCommand;
  result: CommandResult;
  /** To be read before the answer. */
  greeting: readonly Block[];
  /** Ends the delivery. */
  last: boolean;
  /** The door's threads begin with a light. */
  isLight: boolean;
}

/** Whoever is answered as a whole is told after this time that work is under way. */
const LATE_MS = 30_000;
const LONGEST_SHOWN = 80;

/** The lane in which something is to be told now. */
export async function recordResult(tx: Tx, recording: Recording): Promise<string | undefined> {
  const { delivery, record, result, greeting, last, isLight } = recording;
  if (delivery.whole) return recordInWhole(tx, recording);
  if (result.kind === 'reply') {
    const isPrivate = result.private === true || result.reply.outcome !== 'done';
    const visibility = isPrivate ? 'private' : record.visibility;
    await recordAnswered(tx, { ...record, visibility }, withGreeting(result.reply, greeting), last);
  } else {
    if (isLight)
      await lightThread(tx, { threadId: delivery.thread.id, boxId: result.boxId, owner: delivery.speaker.display });
    await announce(tx, record, [...greeting, ...(result.notes ?? [])]);
    await recordWaiting(tx, record, { jobId: result.jobId, boxId: result.boxId }, last);
  }
  return delivery.thread.lane;
}

async function recordInWhole(tx: Tx, { line, record, result, greeting, last }: Recording): Promise<string | undefined> {
  if (result.kind === 'reply') return recordEntry(tx, record, withGreeting(result.reply, greeting), last);
  const notes = [...greeting, ...(result.notes ?? [])];
  await recordWaitingEntry(
    tx,
    record,
    {
      jobId: result.jobId,
      boxId: result.boxId,
      note: notes.length === 0 ? undefined : say(...notes),
      late: say(`Working on it: ${shown(line, LONGEST_SHOWN)}. The answer follows when it is done.`),
      lateMs: LATE_MS,
    },
    last,
  );
  return undefined;
}

/** What is logged of a command once it is written down. */
export function takenAs({ id, verb }: NewCommand, { door }: Delivery, result: CommandResult): object {
  const came =
    result.kind === 'job'
      ? { outcome: 'waits', job: result.jobId, box: result.boxId }
      : { outcome: result.reply.outcome };
  return { command: id, door, verb, ...came };
}
