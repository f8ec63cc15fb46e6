// Whose turn it is among accounts with jobs due in one queue: a part of the statements that claim a job and that tell the line.
import { Prisma } from './prisma/client.ts';

/** `turns`: each account with due jobs in the queue, how many of its jobs run, and when its last one of that queue began. */
export const turns = (queue: Prisma.Sql): Prisma.Sql => Prisma.sql`
  busy AS (SELECT account_id, count(*) AS jobs FROM jobs WHERE state = 'running' GROUP BY account_id),
  turns AS (
    SELECT waiting.account_id, COALESCE(busy.jobs, 0) AS running,
      (SELECT max(l.started_at) FROM jobs l WHERE l.account_id = waiting.account_id AND l.queue = ${queue}) AS began
    FROM (SELECT DISTINCT account_id FROM jobs WHERE queue = ${queue} AND state = 'queued' AND run_at <= now()) AS waiting
      LEFT JOIN busy ON busy.account_id = waiting.account_id)`;
