// Usage: the time each box ran, by size and provider.
import type { Tx } from './database.ts';
import { newId } from './ids.ts';
import { Prisma } from './prisma/client.ts';

/** A box began to run, for whoever has it now; nothing when a row is open already. */
export async function openUsage(tx: Tx, boxId: string): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO usage (id, box_id, account_id, provider, size, started_at)
    SELECT ${newId()}::uuid, id, account_id, provider, size, now() FROM boxes WHERE id = ${boxId}::uuid ON CONFLICT DO NOTHING`;
}

/** A box ceased to run; nothing when no row is open. */
export async function closeUsage(tx: Tx, boxId: string): Promise<void> {
  await tx.$executeRaw`UPDATE usage SET ended_at = GREATEST(now(), started_at) WHERE box_id = ${boxId}::uuid AND ended_at IS NULL`;
}

/** What ran between `from` and `to`, as far as that is over by `now`. */
export interface Period {
  from: Date;
  to: Date;
  now: Date;
}

export interface BoxUsage {
  boxId: string;
  name: string;
  provider: string;
  size: string;
  seconds: number;
}

/** An account's boxes that ran in the period, whatever became of them; one row for each box, size and provider. */
export async function usageByBox(tx: Tx, accountId: string, period: Period): Promise<BoxUsage[]> {
  return tx.$queryRaw`
    SELECT u.box_id AS "boxId", b.name, u.provider, u.size, ${secondsIn(period)} AS seconds
    FROM usage u JOIN boxes b ON b.id = u.box_id
    WHERE u.account_id = ${accountId}::uuid AND ${ranIn(period)}
    GROUP BY u.box_id, b.name, u.provider, u.size ORDER BY b.name, u.box_id, u.size, u.provider`;
}

const ranIn = ({ from, to, now }: Period): Prisma.Sql =>
  Prisma.sql`u.started_at < ${to} AND u.started_at < ${now} AND COALESCE(u.ended_at, ${now}) > ${from}`;

const secondsIn = ({ from, to, now }: Period): Prisma.Sql => Prisma.sql`
  sum(EXTRACT(EPOCH FROM LEAST(COALESCE(u.ended_at, ${now}), ${to}, ${now}) - GREATEST(u.started_at, ${from})))::float8`;

export interface AccountUsage {
  accountId: string;
  /** What the account is called. */
  name: string;
  provider: string;
  size: string;
  /** How many boxes ran. */
  boxes: number;
  seconds: number;
}

/** Accounts whose boxes ran in the period, by size and provider, the longest first. */
export async function usageByAccount(tx: Tx, period: Period): Promise<AccountUsage[]> {
  return tx.$queryRaw`
    SELECT a.id AS "accountId", a.name, u.provider, u.size, count(DISTINCT u.box_id)::int AS boxes, ${secondsIn(period)} AS seconds
    FROM usage u JOIN accounts a ON a.id = u.account_id WHERE ${ranIn(period)}
    GROUP BY a.id, a.name, u.provider, u.size ORDER BY seconds DESC, a.id`;
}

/** Whether people could use it at any time. */
export async function hasRun(tx: Tx, boxId: string): Promise<boolean> {
  const rows = await tx.$queryRaw<object[]>`SELECT 1 FROM usage WHERE box_id = ${boxId}::uuid LIMIT 1`;
  return rows.length > 0;
}
