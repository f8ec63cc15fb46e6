// The named steps of a job: written by whoever holds it, and shown in every progress message of those who wait.
import type { ProgressLine } from '../threads/reply.ts';
import type { Tx } from './database.ts';
import type { ClaimedJob } from './jobs.ts';

export interface StepRow extends ProgressLine {
  name: string;
}

/**
 * Writes a step and shows it in every progress message of the job; nothing when the job is not ours any more, or its lease is over.
 * `progress` is the whole list as people see it. Returns the lanes of those messages.
 */
export async function writeStep(
  tx: Tx,
  job: ClaimedJob,
  step: StepRow & { ordinal: number },
  progress: object,
): Promise<string[]> {
  const shown = await tx.$queryRaw<{ lane: string }[]>`
    WITH held AS (
        SELECT id FROM jobs WHERE id = ${job.id}::uuid AND epoch = ${job.epoch} AND state = 'running' AND lease_until > now() FOR UPDATE),
      written AS (
        INSERT INTO steps (job_id, name, ordinal, label, state, took_ms)
        SELECT id, ${step.name}, ${step.ordinal}, ${step.label}, ${step.state}, ${step.tookMs ?? null}::int FROM held
        ON CONFLICT (job_id, name) DO UPDATE SET label = EXCLUDED.label, state = EXCLUDED.state, took_ms = EXCLUDED.took_ms)
    UPDATE messages SET body = ${JSON.stringify(progress)}::jsonb, wanted = wanted + 1, state = 'pending'
    FROM held WHERE messages.job_id = held.id AND messages.kind = 'progress' AND messages.state <> 'kept' RETURNING lane`;
  return [...new Set(shown.map((message) => message.lane))];
}

/** The first step of a job that its holder has locked: written before the work of it begins. */
export async function beginStep(tx: Tx, job: ClaimedJob, step: { name: string; label: string }): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO steps (job_id, name, ordinal, label, state) VALUES (${job.id}::uuid, ${step.name}, 0, ${step.label}, 'working')`;
}

/** Shows what a job is about in every progress message of it; nothing when the job is not ours any more. The lanes of those. */
export async function showProgress(tx: Tx, job: ClaimedJob, progress: object): Promise<string[]> {
  const shown = await tx.$queryRaw<{ lane: string }[]>`
    UPDATE messages SET body = ${JSON.stringify(progress)}::jsonb, wanted = wanted + 1, state = 'pending'
    FROM jobs WHERE jobs.id = ${job.id}::uuid AND jobs.epoch = ${job.epoch} AND jobs.state = 'running' AND jobs.lease_until > now()
      AND messages.job_id = jobs.id AND messages.kind = 'progress' AND messages.state <> 'kept' RETURNING lane`;
  return [...new Set(shown.map((message) => message.lane))];
}

export async function stepsOf(tx: Tx, jobId: string): Promise<StepRow[]> {
  const rows = await tx.step.findMany({ where: { jobId }, orderBy: { ordinal: 'asc' } });
  return rows.map(({ name, label, state, tookMs }) => ({
    name,
    label,
    state: state === 'done' || state === 'failed' ? state : 'working',
    ...(tookMs === null ? {} : { tookMs }),
  }));
}
