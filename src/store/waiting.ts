// Waiting for a worker: the line of each queue, how long its work usually takes, and what those who wait are shown.
import type { MessageBody } from '../threads/reply.ts';
import type { Usual } from '../threads/waiting.ts';
import { WAITS_FOR_PROVIDER } from './circuits.ts';
import type { Tx } from './database.ts';
import type { JobKind } from './jobs.ts';
import { Prisma } from './prisma/client.ts';
import { turns } from './turns.ts';

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

/** The due jobs of a queue, each with the how-manieth of its account it is. */
const due = (queue: Prisma.Sql): Prisma.Sql => Prisma.sql`
  ${turns(queue)},
  due AS (
    SELECT id, kind, box_id, account_id, run_at, row_number() OVER (PARTITION BY account_id ORDER BY run_at, id) AS nth
    FROM jobs WHERE queue = ${queue} AND state = 'queued' AND run_at <= now())`;

/**
 * The due jobs of a queue in the order in which they would be claimed if nothing else came and nothing ended, each provider's by
 * themselves, because each has places of its own. See `claimJob`.
 */
const line = (queue: Prisma.Sql): Prisma.Sql => Prisma.sql`
  ${due(queue)},
  line AS (
    SELECT due.id, due.kind, due.box_id, (row_number() OVER (
        PARTITION BY b.provider ORDER BY turns.running + due.nth, due.nth, turns.began NULLS FIRST, due.run_at, due.id) - 1)::int AS ahead
    FROM due JOIN turns ON turns.account_id = due.account_id JOIN boxes b ON b.id = due.box_id)`;

/**
 * How many jobs would be claimed before a new one of this account, and how many run now. Nothing is counted exactly while fewer than
 * `enough` wait in all: then that many are ahead.
 */
export async function lineBefore(
  tx: Tx,
  { queue, accountId, provider }: { queue: string; accountId: string; provider: string },
  enough: number,
): Promise<{ ahead: number; running: number }> {
  const [few] = await tx.$queryRaw<{ waiting: number }[]>`
    SELECT count(*)::int AS waiting FROM (SELECT 1 FROM jobs WHERE queue = ${queue} AND state = 'queued' LIMIT ${enough}) AS first`;
  if (few !== undefined && few.waiting < enough) return { ahead: few.waiting, running: 0 };
  const [row] = await tx.$queryRaw<{ ahead: number; running: number }[]>`
    WITH ${due(Prisma.sql`${queue}`)},
      own AS (
        SELECT (SELECT count(*) FROM jobs WHERE account_id = ${accountId}::uuid AND state = 'running')
          + (SELECT count(*) FROM due WHERE account_id = ${accountId}::uuid) + 1 AS turn)
    SELECT (SELECT count(*) FROM due JOIN turns ON turns.account_id = due.account_id JOIN boxes b ON b.id = due.box_id, own
        WHERE b.provider = ${provider} AND turns.running + due.nth <= own.turn)::int AS ahead,
      (SELECT count(*) FROM jobs r JOIN boxes b ON b.id = r.box_id WHERE r.queue = ${queue} AND r.state = 'running' AND b.provider = ${provider})::int AS running`;
  return row ?? { ahead: 0, running: 0 };
}

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

/** The jobs of a queue that wait for a worker, not for their provider, and have somebody who is shown their progress. */
export async function waitingJobs(tx: Tx, queue: string): Promise<WaitingJob[]> {
  return tx.$queryRaw`
    WITH ${line(Prisma.sql`${queue}`)}
    SELECT line.id, line.kind, b.provider, line.ahead FROM line JOIN boxes b ON b.id = line.box_id
    WHERE NOT ${WAITS_FOR_PROVIDER}
      AND EXISTS (SELECT 1 FROM messages m WHERE m.job_id = line.id AND m.kind = 'progress' AND m.state <> 'kept') ORDER BY line.ahead`;
}

export interface StuckJob {
  id: string;
  provider: string;
  /** When the provider fell silent, and the zone of whoever waits. */
  since: Date;
  timeZone: string;
}

/** The jobs that wait until their provider answers, and have somebody who is shown their progress. */
export async function stuckJobs(tx: Tx): Promise<StuckJob[]> {
  return tx.$queryRaw`
    SELECT j.id, b.provider, o.since, a.time_zone AS "timeZone"
    FROM circuits o JOIN boxes b ON b.provider = o.provider JOIN jobs j ON j.box_id = b.id AND j.state = 'queued' JOIN accounts a ON a.id = j.account_id
    WHERE ${WAITS_FOR_PROVIDER}
      AND EXISTS (SELECT 1 FROM messages m WHERE m.job_id = j.id AND m.kind = 'progress' AND m.state <> 'kept')`;
}

/**
 * Shows in the progress messages of jobs that still wait what is to be said of the wait; nothing where it says so already, and over
 * the steps of an earlier try only with `overSteps`. Returns the lanes of the messages that changed.
 */
export async function showWaiting(
  tx: Tx,
  waits: readonly { jobId: string; note: string }[],
  { overSteps }: { overSteps: boolean } = { overSteps: false },
): Promise<string[]> {
  const changed = await tx.$queryRaw<{ lane: string }[]>`
    UPDATE messages m SET wanted = wanted + 1, state = 'pending', body = jsonb_set(m.body, '{progress,note}', to_jsonb(w.note))
    FROM unnest(${waits.map(({ jobId }) => jobId)}::uuid[], ${waits.map(({ note }) => note)}::text[]) AS w(id, note)
      JOIN jobs j ON j.id = w.id AND j.state = 'queued'
    WHERE m.job_id = w.id AND m.kind = 'progress' AND m.state <> 'kept' AND (${overSteps} OR m.body #> '{progress,lines}' = '[]'::jsonb)
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
