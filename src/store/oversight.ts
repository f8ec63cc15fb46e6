// What operators look at: boxes of everybody, hosts, queues, jobs, and the audit.
import { BOX_ID_PATTERN } from '../boxes/names.ts';
import type { BoxState } from '../boxes/states.ts';
import type { Tx } from './database.ts';
import type { JobKind, JobState } from './jobs.ts';
import { Prisma } from './prisma/client.ts';

export interface OverseenBox {
  id: string;
  name: string;
  state: BoxState;
  stateSince: Date;
  provider: string;
  size: string;
  ownerId: string;
  /** What the owner is called; no identity. */
  owner: string;
  idleSince: Date | null;
}

export interface BoxFilter {
  ownerId?: string;
  /** By name or id. */
  box?: string;
  /** Running ones that nobody works on. */
  idle?: boolean;
  limit: number;
}

/** Live boxes of everybody, those that have been as they are the longest first. */
export async function overseenBoxes(tx: Tx, { ownerId, box, idle, limit }: BoxFilter): Promise<OverseenBox[]> {
  const filters = [
    Prisma.sql`b.state <> 'destroyed'`,
    ...(ownerId === undefined ? [] : [Prisma.sql`b.account_id = ${ownerId}::uuid`]),
    ...(idle === true ? [Prisma.sql`b.state = 'running' AND b.activity = 'idle'`] : []),
    ...(box === undefined
      ? []
      : [BOX_ID_PATTERN.test(box) ? Prisma.sql`b.id = ${box}::uuid` : Prisma.sql`b.name = ${box}`]),
  ];
  return tx.$queryRaw`
    SELECT b.id, b.name, b.state, b.state_since AS "stateSince", b.provider, b.size, a.id AS "ownerId", a.name AS owner,
      CASE WHEN b.state = 'running' AND b.activity = 'idle' THEN b.activity_since END AS "idleSince"
    FROM boxes b JOIN accounts a ON a.id = b.account_id WHERE ${Prisma.join(filters, ' AND ')}
    ORDER BY COALESCE(CASE WHEN b.activity = 'idle' THEN b.activity_since END, b.state_since), b.id LIMIT ${limit}`;
}

export interface ProviderLoad {
  provider: string;
  running: number;
  stopped: number;
  error: number;
  /** On their way from one state to another. */
  moving: number;
  reservedMiB: number;
}

export async function providerLoads(tx: Tx): Promise<ProviderLoad[]> {
  return tx.$queryRaw`
    SELECT c.provider, c.reserved_mib::float8 AS "reservedMiB",
      count(*) FILTER (WHERE b.state = 'running')::int AS running, count(*) FILTER (WHERE b.state = 'stopped')::int AS stopped,
      count(*) FILTER (WHERE b.state = 'error')::int AS error,
      count(*) FILTER (WHERE b.state NOT IN ('running', 'stopped', 'error'))::int AS moving
    FROM capacity c LEFT JOIN boxes b ON b.provider = c.provider AND b.state <> 'destroyed'
    GROUP BY c.provider ORDER BY c.provider`;
}

export interface QueueLoad {
  queue: string;
  queued: number;
  running: number;
  /** In the last day. */
  dead: number;
}

export async function queueLoads(tx: Tx): Promise<QueueLoad[]> {
  return tx.$queryRaw`
    SELECT queue, count(*) FILTER (WHERE state = 'queued')::int AS queued,
      count(*) FILTER (WHERE state IN ('running', 'cancelling'))::int AS running,
      count(*) FILTER (WHERE state IN ('dead', 'failed'))::int AS dead
    FROM jobs WHERE state IN ('queued', 'running', 'cancelling') OR (state IN ('dead', 'failed') AND finished_at > now() - interval '1 day')
    GROUP BY queue ORDER BY queue`;
}

export interface OverseenJob {
  id: string;
  kind: JobKind;
  state: JobState;
  tries: number;
  errorCode: string | null;
  boxId: string;
  box: string;
  owner: string;
  /** When it ended, or was asked for where it has not. */
  at: Date;
}

/** Jobs that are not over, the oldest first; or those that failed for good, the newest first. */
export async function overseenJobs(tx: Tx, which: 'live' | 'dead', limit: number): Promise<OverseenJob[]> {
  const [states, order] =
    which === 'live'
      ? [['queued', 'running', 'cancelling'], Prisma.sql`j.created_at, j.id`]
      : [['dead', 'failed'], Prisma.sql`j.finished_at DESC, j.id DESC`];
  return tx.$queryRaw`
    SELECT j.id, j.kind, j.state, j.tries, j.error_code AS "errorCode", j.box_id AS "boxId", b.name AS box, a.name AS owner,
      COALESCE(j.finished_at, j.created_at) AS at
    FROM jobs j JOIN boxes b ON b.id = j.box_id JOIN accounts a ON a.id = b.account_id
    WHERE j.state = ANY(${states}) ORDER BY ${order} LIMIT ${limit}`;
}

export interface AuditLine {
  at: Date;
  actor: string;
  action: string;
  target: Readonly<Record<string, string | number>>;
}

/** The newest entries since then, the newest first. */
export async function auditSince(tx: Tx, since: Date, limit: number): Promise<AuditLine[]> {
  return tx.$queryRaw`SELECT at, actor, action, target FROM audit WHERE at >= ${since} ORDER BY at DESC, id DESC LIMIT ${limit}`;
}
