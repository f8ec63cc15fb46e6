// Jobs: claimed by lease, fenced by epoch, retried and buried here; BullMQ only wakes.
import { WAITS_FOR_PROVIDER } from './circuits.ts';
import type { Tx } from './database.ts';
import { newId } from './ids.ts';
import { Prisma } from './prisma/client.ts';
import { NOT_QUARANTINED } from './quarantine.ts';
import { turns } from './turns.ts';

/** What changes what a box is: a box has one such live job at most. */
export const MAIN_KINDS = ['spinup', 'start', 'restart', 'stop', 'destroy'] as const;
export type MainKind = (typeof MAIN_KINDS)[number];
/** What is done with a box as it is: any number of such jobs live beside the main one, which they wait for. */
export const SIDE_KINDS = ['exec', 'snapshot'] as const;
export type SideKind = (typeof SIDE_KINDS)[number];
export const JOB_KINDS = [...MAIN_KINDS, ...SIDE_KINDS] as const;
export type JobKind = MainKind | SideKind;

export const isMain = (kind: JobKind): kind is MainKind => MAIN_KINDS.some((main) => main === kind);

export type JobState = 'queued' | 'running' | 'cancelling' | 'succeeded' | 'failed' | 'dead' | 'cancelled';

export interface Job {
  id: string;
  kind: JobKind;
  version: number;
  queue: string;
  payload: unknown;
  boxId: string;
  accountId: string;
  state: JobState;
  tries: number;
  maxTries: number;
  losses: number;
  epoch: bigint;
  errorText: string | null;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

/** A job that this process has claimed; every write names its epoch. `commandId`: the first command that waits for it, for the log. */
export type ClaimedJob = Job & {
  holder: string;
  provider: string;
  commandId: string | null;
  /** Somebody worked on it before: it failed, was lost, or was handed back. */
  begunBefore: boolean;
};

const COLUMNS = Prisma.raw(`
  j.id, j.kind, j.version, j.queue, j.payload, j.box_id AS "boxId", j.account_id AS "accountId", j.state, j.tries, j.max_tries AS "maxTries",
  j.losses, j.epoch, j.error_text AS "errorText", j.created_at AS "createdAt", j.started_at AS "startedAt", j.finished_at AS "finishedAt"`);

/** Of a box `b`: nobody changes what it is, or is about to. */
export const NO_JOB = Prisma.sql`
  NOT EXISTS (SELECT 1 FROM jobs j WHERE j.box_id = b.id AND NOT j.beside AND j.state IN ('queued', 'running', 'cancelling'))`;

/** More lost leases than this and a job is buried: it kills whoever works on it. */
const MAX_LOSSES = 20;

export interface NewJob {
  kind: JobKind;
  /** It lives beside the box's main job; see `SIDE_KINDS`. */
  beside: boolean;
  queue: string;
  payload: object;
  boxId: string;
  accountId: string;
  maxTries: number;
}

/** Makes a job due now and returns its id, or undefined when the box has a live main job already and this one does not live beside it. */
export async function insertJob(tx: Tx, job: NewJob): Promise<string | undefined> {
  const id = newId();
  // Cut, not rounded, to the column's milliseconds: rounded up, it would not be due yet for whoever is woken at once.
  const made = await tx.$executeRaw`
    INSERT INTO jobs (id, kind, beside, queue, payload, box_id, account_id, state, max_tries, run_at)
    VALUES (${id}::uuid, ${job.kind}, ${job.beside}, ${job.queue}, ${JSON.stringify(job.payload)}::jsonb, ${job.boxId}::uuid, ${job.accountId}::uuid, 'queued',
      ${job.maxTries}, date_trunc('milliseconds', now()))
    ON CONFLICT DO NOTHING`;
  return made === 1 ? id : undefined;
}

/**
 * The same, if the box is still as the caller saw it: for those who look first and act later. The box is locked for the length of
 * the statement, so that a command that changes it comes before or after.
 */
export async function insertJobWhile(
  tx: Tx,
  job: Omit<NewJob, 'accountId'>,
  seen: { state: string; desired: string },
): Promise<string | undefined> {
  const id = newId();
  const made = await tx.$executeRaw`
    INSERT INTO jobs (id, kind, beside, queue, payload, box_id, account_id, state, max_tries)
    SELECT ${id}::uuid, ${job.kind}, ${job.beside}, ${job.queue}, ${JSON.stringify(job.payload)}::jsonb, b.id, b.account_id, 'queued', ${job.maxTries}
    FROM (SELECT id, account_id FROM boxes WHERE id = ${job.boxId}::uuid AND state = ${seen.state} AND desired = ${seen.desired} FOR SHARE) AS b WHERE ${NOT_QUARANTINED}
    ON CONFLICT DO NOTHING`;
  return made === 1 ? id : undefined;
}

/** The box's live main job, locked, so that it cannot end while the caller joins or cancels it. */
export async function lockLiveJob(tx: Tx, boxId: string): Promise<(Job & { kind: MainKind }) | undefined> {
  const [job] = await tx.$queryRaw<(Job & { kind: MainKind })[]>`
    SELECT ${COLUMNS} FROM jobs j WHERE j.box_id = ${boxId}::uuid AND NOT j.beside AND j.state IN ('queued', 'running') FOR UPDATE`;
  return job;
}

/** Whether a main job is live, without waiting for it: the caller holds the box, and a job is locked before its box. */
export async function hasLiveJob(tx: Tx, boxId: string): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM jobs WHERE box_id = ${boxId}::uuid AND NOT beside AND state IN ('queued', 'running') LIMIT 1`;
  return rows.length > 0;
}

/** The jobs that live beside a box's main one, oldest first. */
export async function liveSideJobs(tx: Tx, boxId: string): Promise<Pick<Job, 'id' | 'kind' | 'state'>[]> {
  return tx.$queryRaw`
    SELECT id, kind, state FROM jobs WHERE box_id = ${boxId}::uuid AND beside AND state IN ('queued', 'running') ORDER BY id`;
}

export async function jobById(tx: Tx, id: string): Promise<Job | undefined> {
  const [job] = await tx.$queryRaw<Job[]>`SELECT ${COLUMNS} FROM jobs j WHERE j.id = ${id}::uuid`;
  return job;
}

/** The newest main job of a box, whatever became of it. */
export async function lastJob(tx: Tx, boxId: string): Promise<(Job & { kind: MainKind }) | undefined> {
  const [job] = await tx.$queryRaw<(Job & { kind: MainKind })[]>`
    SELECT ${COLUMNS} FROM jobs j WHERE j.box_id = ${boxId}::uuid AND NOT j.beside ORDER BY j.created_at DESC, j.id DESC LIMIT 1`;
  return job;
}

/**
 * Claims the next due job of the queue for `leaseMs`: fewest running jobs of its account first, then whose last job began longest ago, then
 * age, so accounts take turns. A main job raises the box's epoch: whoever worked on it before can write nothing more; of another one only the
 * job's own epoch rises. Waits: what lives beside a main job, a box whose last one is still being cancelled, one whose provider is silent or
 * `full` here, all in quarantine. `kinds` are the `kind:version` that are understood.
 */
export async function claimJob(
  tx: Tx,
  claim: { queue: string; kinds: readonly string[]; full?: readonly string[]; holder: string; leaseMs: number },
): Promise<ClaimedJob | undefined> {
  const { full = [] } = claim;
  const [job] = await tx.$queryRaw<ClaimedJob[]>`
    WITH ${turns(Prisma.sql`${claim.queue}`)},
      next AS (
        SELECT j.id, j.box_id, j.beside, j.started_at, b.provider FROM jobs j JOIN boxes b ON b.id = j.box_id JOIN turns ON turns.account_id = j.account_id
        WHERE ${NOT_QUARANTINED} AND j.queue = ${claim.queue} AND j.state = 'queued' AND j.run_at <= now() AND j.kind || ':' || j.version = ANY(${claim.kinds})
          AND b.provider <> ALL(${full}) AND NOT ${WAITS_FOR_PROVIDER}
          AND NOT EXISTS (SELECT 1 FROM jobs c WHERE c.box_id = j.box_id AND NOT c.beside AND (j.beside AND c.state IN ('queued', 'running')
            OR c.state = 'cancelling' AND c.lease_until > now()))
        ORDER BY turns.running, turns.began NULLS FIRST, j.run_at, j.id
        LIMIT 1 FOR UPDATE OF j SKIP LOCKED),
      raised AS (UPDATE boxes SET epoch = epoch + 1 FROM next WHERE boxes.id = next.box_id AND NOT next.beside RETURNING boxes.id, boxes.epoch)
    UPDATE jobs j SET state = 'running', tries = tries + 1, holder = ${claim.holder}, epoch = COALESCE(raised.epoch, j.epoch + 1),
      lease_until = now() + ${claim.leaseMs} * interval '1 millisecond', started_at = COALESCE(j.started_at, now())
    FROM next LEFT JOIN raised ON raised.id = next.box_id WHERE j.id = next.id
    RETURNING ${COLUMNS}, j.holder, next.provider, next.started_at IS NOT NULL AS "begunBefore",
      (SELECT c.id FROM commands c WHERE c.job_id = j.id ORDER BY c.created_at, c.id LIMIT 1) AS "commandId"`;
  return job;
}

/** Prolongs the lease. `running`: go on; `cancelling`: stop, somebody asked; `lost`: another worker has it, write nothing. */
export async function renewLease(tx: Tx, job: ClaimedJob, leaseMs: number): Promise<'running' | 'cancelling' | 'lost'> {
  const [row] = await tx.$queryRaw<{ state: 'running' | 'cancelling' }[]>`
    UPDATE jobs SET lease_until = now() + ${leaseMs} * interval '1 millisecond'
    WHERE id = ${job.id}::uuid AND epoch = ${job.epoch} AND state IN ('running', 'cancelling') AND lease_until > now() RETURNING state`;
  return row?.state ?? 'lost';
}

/** Locks the job for the rest of the transaction if this worker still holds it; false when it does not. */
export async function holdJob(tx: Tx, job: ClaimedJob): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM jobs WHERE id = ${job.id}::uuid AND epoch = ${job.epoch} AND state = 'running' AND lease_until > now() FOR UPDATE`;
  return rows.length === 1;
}

/** Ends a held job. */
export async function endJob(
  tx: Tx,
  job: ClaimedJob,
  end: { state: 'succeeded' | 'failed' | 'dead'; error?: { code: string; text: string } },
): Promise<void> {
  await tx.$executeRaw`
    UPDATE jobs SET state = ${end.state}, lease_until = NULL, finished_at = now(), error_code = ${end.error?.code ?? null}, error_text = ${end.error?.text ?? null}
    WHERE id = ${job.id}::uuid AND epoch = ${job.epoch}`;
}

/**
 * Gives a held job back to the queue: later (`delayMs`) after a failure, or in its old place and without using up a try when we shut down
 * or it has to wait for its provider, which counts as a loss (`loses`), so that it does not happen for ever.
 */
export async function requeueJob(
  tx: Tx,
  job: ClaimedJob,
  again: { delayMs: number; usesTry: boolean; loses?: boolean; error?: { code: string; text: string } },
): Promise<void> {
  await tx.$executeRaw`
    UPDATE jobs SET state = 'queued', lease_until = NULL, holder = NULL,
      run_at = CASE WHEN ${again.usesTry} THEN now() + ${again.delayMs} * interval '1 millisecond' ELSE run_at END,
      tries = tries - ${again.usesTry ? 0 : 1}::int, losses = losses + ${again.loses === true ? 1 : 0}::int, error_code = ${again.error?.code ?? null}, error_text = ${again.error?.text ?? null}
    WHERE id = ${job.id}::uuid AND epoch = ${job.epoch} AND state = 'running'`;
}

/** Cancels a live job: a queued one at once, a running one by telling its worker, whose lease still holds the box until it lets go. */
export async function cancelJob(tx: Tx, jobId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE jobs SET state = CASE WHEN state = 'queued' THEN 'cancelled' ELSE 'cancelling' END,
      finished_at = CASE WHEN state = 'queued' THEN now() END
    WHERE id = ${jobId}::uuid AND state IN ('queued', 'running')`;
}

/** The worker lets go of a job that was being cancelled. */
export async function endCancelled(tx: Tx, job: ClaimedJob): Promise<void> {
  await tx.$executeRaw`
    UPDATE jobs SET state = 'cancelled', lease_until = NULL, finished_at = now()
    WHERE id = ${job.id}::uuid AND epoch = ${job.epoch} AND state = 'cancelling'`;
}

/** Puts jobs whose worker is gone back on the queue; returns those that were lost too often and need an end. */
export async function reviveLostJobs(tx: Tx): Promise<{ revived: number; buried: Job[] }> {
  await tx.$executeRaw`UPDATE jobs SET state = 'cancelled', lease_until = NULL, finished_at = now() WHERE state = 'cancelling' AND lease_until <= now()`;
  const revived = await tx.$executeRaw`
    UPDATE jobs SET state = 'queued', lease_until = NULL, holder = NULL, run_at = date_trunc('milliseconds', now()), tries = GREATEST(tries - 1, 0), losses = losses + 1
    WHERE state = 'running' AND lease_until <= now() AND losses < ${MAX_LOSSES}`;
  const buried = await tx.$queryRaw<Job[]>`
    SELECT ${COLUMNS} FROM jobs j WHERE j.state = 'running' AND j.lease_until <= now() AND j.losses >= ${MAX_LOSSES} FOR UPDATE SKIP LOCKED`;
  return { revived, buried };
}

/** Buries a job whose worker is gone; the caller has its row locked. */
export async function buryJob(tx: Tx, jobId: string, error: { code: string; text: string }): Promise<void> {
  await tx.$executeRaw`
    UPDATE jobs SET state = 'dead', lease_until = NULL, finished_at = now(), error_code = ${error.code}, error_text = ${error.text}
    WHERE id = ${jobId}::uuid AND state = 'running'`;
}

/** Ids of due jobs by queue, oldest first, so that what Redis forgot is woken again. */
export async function dueJobs(tx: Tx, limit: number): Promise<{ id: string; queue: string; tries: number }[]> {
  return tx.$queryRaw`SELECT id, queue, tries + losses AS tries FROM jobs WHERE state = 'queued' AND run_at <= now() ORDER BY run_at LIMIT ${limit}`;
}
