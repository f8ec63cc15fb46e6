// Closes what a database that is older than the world still has under way: jobs, questions, messages of a past that went on without it.
import { withFailure } from '../threads/failure.ts';
import { fail } from '../threads/reply.ts';
import { answerWaiting } from './answers.ts';
import type { Tx } from './database.ts';
import { noteFailure } from './failures.ts';
import { endWaiting } from './waiting.ts';

const NOT_DONE = fail(
  'This was not done: the records of this installation are older than its boxes, and an operator looks at them first.',
);
const CANCELLED = { title: '', lines: [{ label: 'cancelled', state: 'failed' }] } as const;

/** A destroy is asked for anew by whoever still wants it: no box is ever removed because of an old word. */
const KEEP_WHAT_WAS_TO_GO = `
  UPDATE boxes SET desired = 'stopped', state = 'error', state_since = now(), epoch = epoch + 1, error_code = 'destroy_interrupted',
    error_text = 'It was being destroyed when the records of this installation were taken. Ask again if it is to go.'
  WHERE desired = 'destroyed' AND state <> 'destroyed'`;

/**
 * Of a database that was brought back: statements after which nothing from before that moment (all of it, without one) is done or said once
 * more. It was answered after the backup was taken, so nobody is told anything. Lights stay: they show the present, whenever they are sent.
 */
export function pastClosed(before?: Date): readonly string[] {
  const moment = `'${before?.toISOString() ?? 'infinity'}'::timestamptz`;
  return [
    `INSERT INTO replies (id, command_id, kind, body)
      SELECT gen_random_uuid(), id, 'final', $said$${JSON.stringify({ kind: 'reply', reply: NOT_DONE })}$said$::jsonb
      FROM commands WHERE finished_at IS NULL AND created_at < ${moment} ON CONFLICT DO NOTHING`,
    `UPDATE commands SET finished_at = now() WHERE finished_at IS NULL AND created_at < ${moment}`,
    `UPDATE deliveries SET processed_at = COALESCE(processed_at, now()), answered_at = CASE WHEN whole THEN COALESCE(answered_at, now()) END
      WHERE (processed_at IS NULL OR (whole AND answered_at IS NULL)) AND received_at < ${moment}`,
    `UPDATE messages SET state = 'held' WHERE state = 'pending' AND kind <> 'light' AND created_at < ${moment}`,
    `UPDATE notices SET state = 'off' WHERE state = 'waiting' AND created_at < ${moment}`,
    `UPDATE confirmations SET used_at = now() WHERE used_at IS NULL AND created_at < ${moment}`,
    `UPDATE jobs SET state = 'cancelled', lease_until = NULL, finished_at = now()
      WHERE state IN ('queued', 'running', 'cancelling') AND created_at < ${moment}
        AND NOT EXISTS (SELECT 1 FROM commands c WHERE c.job_id = jobs.id AND c.finished_at IS NULL)`,
    `UPDATE snapshots SET state = 'removing' WHERE state = 'making' AND created_at < ${moment}
      AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.payload ->> 'snapshot' = snapshots.id::text AND j.state IN ('queued', 'running', 'cancelling'))`,
    KEEP_WHAT_WAS_TO_GO,
  ];
}

/** The same for Prisma's transactions. */
export async function closePast(tx: Tx, before?: Date): Promise<void> {
  for (const statement of pastClosed(before)) await tx.$executeRawUnsafe(statement);
}

/**
 * Of a database in use: cancels every job, running ones as a destroy would, and tells whoever waits. Returns the lanes to wake; may be
 * called again.
 */
export async function cancelAll(tx: Tx): Promise<string[]> {
  const jobs = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM jobs WHERE state IN ('queued', 'running') ORDER BY id FOR UPDATE`;
  const lanes = new Set<string>();
  for (const { id } of jobs) {
    for (const lane of await endWaiting(tx, id, { kind: 'progress', progress: CANCELLED })) lanes.add(lane);
    await tx.$executeRaw`
      UPDATE jobs SET state = CASE WHEN state = 'queued' THEN 'cancelled' ELSE 'cancelling' END,
        finished_at = CASE WHEN state = 'queued' THEN now() END
      WHERE id = ${id}::uuid`;
    const failure = await noteFailure(tx, {
      kind: 'job',
      subject: id,
      code: 'quarantined',
      remedy: 'admin quarantine',
    });
    for (const lane of await answerWaiting(tx, id, withFailure(NOT_DONE, failure))) lanes.add(lane);
  }
  await tx.$executeRawUnsafe(KEEP_WHAT_WAS_TO_GO);
  return [...lanes];
}
