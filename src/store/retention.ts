// What is older than the operator keeps: deleted in an order in which nothing points to what is gone, a batch at a time.
import type { Tx } from './database.ts';
import { Prisma } from './prisma/client.ts';

export interface RetentionOptions {
  /** Rows deleted in one statement; 5,000 when left out. */
  atOnce?: number;
  /** Aborted when this process goes or loses its turn; what is left goes when it comes round again. */
  signal?: AbortSignal;
}

const AT_ONCE = 5000;
/** What could not be brought to anybody is kept for at least so long, however short the rest is kept: a platform may be away for days. */
const UNSENT_DAYS = 30;

interface Old {
  table: string;
  /** For rows called `t`. */
  where: Prisma.Sql;
}

/**
 * Deletes what was said, jobs that ended, notices, failures, used confirmations, orphans that were removed, threads in which nothing is left and
 * that are home to no box but ones purged as long ago, and takes from purged boxes what was seen in them. The last job of a box that exists stays,
 * because it tells how the box came to be as it is; so do the lights of boxes that live, and what still waits for an answer. The audit stays
 * whole. Other work goes on beside it: each statement takes at most `atOnce` rows. May be called again at any time.
 */
export async function dropOld(tx: Tx, retainDays: number, options: RetentionOptions = {}): Promise<void> {
  const { atOnce = AT_ONCE, signal } = options;
  for (const { table, where } of oldRows(retainDays)) {
    for (let dropped = atOnce; dropped === atOnce && signal?.aborted !== true; ) {
      dropped = await tx.$executeRaw`
        DELETE FROM ${Prisma.raw(table)} WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM ${Prisma.raw(table)} t WHERE ${where} LIMIT ${atOnce}))`;
    }
  }
  if (signal?.aborted === true) return;
  await tx.$executeRaw`
    UPDATE boxes SET activity_why = NULL, error_text = NULL
    WHERE state = 'destroyed' AND purged_at < ${since(retainDays)} AND (activity_why IS NOT NULL OR error_text IS NOT NULL)`;
}

function since(days: number): Prisma.Sql {
  return Prisma.sql`now() - ${days} * interval '1 day'`;
}

function oldRows(days: number): Old[] {
  const before = since(days);
  const unsentBefore = since(Math.max(days, UNSENT_DAYS));
  return [
    {
      table: 'messages',
      where: Prisma.sql`(t.created_at < ${before} AND t.state NOT IN ('pending', 'kept') OR t.created_at < ${unsentBefore})
        AND NOT (t.kind = 'light' AND EXISTS (SELECT 1 FROM boxes b WHERE b.id = t.box_id AND b.state <> 'destroyed'))`,
    },
    { table: 'replies', where: Prisma.sql`t.created_at < ${before}` },
    { table: 'commands', where: Prisma.sql`t.created_at < ${before} AND t.finished_at IS NOT NULL` },
    { table: 'deliveries', where: Prisma.sql`t.received_at < ${before} AND t.processed_at IS NOT NULL` },
    {
      table: 'notices',
      where: Prisma.sql`t.created_at < ${before} AND t.state <> 'waiting' OR t.created_at < ${unsentBefore}`,
    },
    { table: 'failures', where: Prisma.sql`t.at < ${before}` },
    // A job that ended never lives again, so its steps may go in a statement of their own.
    {
      table: 'steps',
      where: Prisma.sql`EXISTS (SELECT 1 FROM jobs j WHERE j.id = t.job_id AND ${isOldJob('j', before)})`,
    },
    {
      table: 'jobs',
      where: Prisma.sql`${isOldJob('t', before)} AND NOT EXISTS (SELECT 1 FROM steps s WHERE s.job_id = t.id)`,
    },
    {
      table: 'threads',
      where: Prisma.sql`t.created_at < ${before}
        AND NOT EXISTS (SELECT 1 FROM boxes b WHERE (b.id = t.box_id OR b.home_thread_id = t.id) AND (b.purged_at IS NULL OR b.purged_at >= ${before}))
        AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.thread_id = t.id)
        AND NOT EXISTS (SELECT 1 FROM commands c WHERE c.thread_id = t.id)
        AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.thread_id = t.id)`,
    },
    { table: 'confirmations', where: Prisma.sql`t.expires_at < ${before}` },
    { table: 'orphans', where: Prisma.sql`t.removed_at < ${before}` },
  ];
}

/** Of jobs under that name: ended as long ago, waited for by nobody, shown nowhere, and not what tells how a box came to be. */
function isOldJob(name: string, before: Prisma.Sql): Prisma.Sql {
  const j = Prisma.raw(name);
  return Prisma.sql`(${j}.finished_at < ${before} AND ${j}.state IN ('succeeded', 'failed', 'dead', 'cancelled')
    AND NOT EXISTS (SELECT 1 FROM commands c WHERE c.job_id = ${j}.id)
    AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.job_id = ${j}.id AND m.kind = 'progress')
    AND NOT EXISTS (SELECT 1 FROM boxes b WHERE b.id = ${j}.box_id AND b.state <> 'destroyed'
      AND ${j}.id = (SELECT l.id FROM jobs l WHERE l.box_id = b.id AND NOT l.beside ORDER BY l.created_at DESC, l.id DESC LIMIT 1)))`;
}
