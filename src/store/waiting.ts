// Waiting for a worker: the line of each queue, how long its work usually takes, and what those who wait are shown.
import type { MessageBody } from '../threads/reply.ts';
import type { Usual } from '../threads/waiting.ts';
import type { Tx } from './database.ts';
import type { JobKind } from './jobs.ts';
import { Prisma } from './prisma/client.ts';

/** Of so many last runs; of fewer than the least nothing is said. */
const LAST_RUNS = 50;
const LEAST_RUNS = 5;

/** How long the last succeeded jobs of that kind took on that provider, from their first claim to their end. */
export async function usualDuration(tx: Tx, kind: JobKind, provider: string): Promise<Usual | undefined> {
  const [found] = await tx.$queryRaw<{ runs: number; p50Ms: number; p95Ms: number }[]>`
    SELECT count(*)::int AS runs, percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS "p50Ms",
      percentile_cont(0.95) WITHIN GROUP (ORDER BY ms) AS "p95Ms"
    FROM (
      SELECT extract(epoch FROM j.finished_at - j.started_at)::float8 * 1000 AS ms FROM jobs j JOIN boxes b ON b.id = j.box_id
      WHERE j.kind = ${kind} AND j.state = 'succeeded' AND b.provider = ${provider} ORDER BY j.id DESC LIMIT ${LAST_RUNS}) AS last`;
  return found === undefined || found.runs < LEAST_RUNS ? undefined : { p50Ms: found.p50Ms, p95Ms: found.p95Ms };
}

/** The due jobs of a queue in the order in which they would be claimed if nothing else came. See `claimJob`. */
const line = (queue: Prisma.Sql): Prisma.Sql => Prisma.sql`
  busy AS (SELECT account_id, count(*) AS jobs FROM jobs WHERE state = 'running' GROUP BY account_id),
  line AS (
    SELECT j.id, j.kind, j.box_id, (row_number() OVER (ORDER BY COALESCE(busy.jobs, 0), j.run_at, j.id) - 1)::int AS ahead
    FROM jobs j LEFT JOIN busy ON busy.account_id = j.account_id
    WHERE j.queue = ${queue} AND j.state = 'queued' AND j.run_at <= now())`;

/** Jobs that are to be claimed before this one, as things stand; undefined when it does not wait for a worker. */
export async function jobsAhead(tx: Tx, jobId: string): Promise<number | undefined> {
  const queue = Prisma.sql`(SELECT queue FROM jobs WHERE id = ${jobId}::uuid)`;
  const [row] = await tx.$queryRaw<{ ahead: number }[]>`
    WITH ${line(queue)} SELECT ahead FROM line WHERE id = ${jobId}::uuid`;
  return row?.ahead;
}

export interface WaitingJob {
  id: string;
  kind: JobKind;
  provider: string;
  ahead: number;
}

/** The jobs of a queue that wait for a worker and have somebody who is shown their progress. */
export async function waitingJobs(tx: Tx, queue: string): Promise<WaitingJob[]> {
  return tx.$queryRaw`
    WITH ${line(Prisma.sql`${queue}`)}
    SELECT line.id, line.kind, b.provider, line.ahead FROM line JOIN boxes b ON b.id = line.box_id
    WHERE EXISTS (SELECT 1 FROM messages m WHERE m.job_id = line.id AND m.kind = 'progress' AND m.state <> 'kept') ORDER BY line.ahead`;
}

/**
 * Shows in the progress messages of jobs that still wait what is to be said of the wait; nothing where it says so already, and nothing
 * over the steps of an earlier try. Returns the lanes of the messages that changed.
 */
export async function showWaiting(tx: Tx, waits: readonly { jobId: string; note: string }[]): Promise<string[]> {
  const changed = await tx.$queryRaw<{ lane: string }[]>`
    UPDATE messages m SET wanted = wanted + 1, state = 'pending', body = jsonb_set(m.body, '{progress,note}', to_jsonb(w.note))
    FROM unnest(${waits.map(({ jobId }) => jobId)}::uuid[], ${waits.map(({ note }) => note)}::text[]) AS w(id, note)
      JOIN jobs j ON j.id = w.id AND j.state = 'queued'
    WHERE m.job_id = w.id AND m.kind = 'progress' AND m.state <> 'kept' AND m.body #> '{progress,lines}' = '[]'::jsonb
      AND m.body #>> '{progress,note}' IS DISTINCT FROM w.note
    RETURNING m.lane`;
  return [...new Set(changed.map(({ lane }) => lane))];
}

/** Shows `body` to whoever was told that the job waits; nothing to others, whose message is not there yet. The lanes. */
export async function endWaiting(tx: Tx, jobId: string, body: MessageBody & { kind: 'progress' }): Promise<string[]> {
  const changed = await tx.$queryRaw<{ lane: string }[]>`
    UPDATE messages m SET wanted = wanted + 1, state = 'pending', body = ${JSON.stringify(body)}::jsonb
    WHERE m.job_id = ${jobId}::uuid AND m.kind = 'progress' AND m.state <> 'kept' AND m.wanted > 0
      AND m.body #> '{progress,lines}' = '[]'::jsonb
    RETURNING m.lane`;
  return [...new Set(changed.map(({ lane }) => lane))];
}
