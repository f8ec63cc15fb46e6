// Leases: one holder for a time, on the database's clock; used for lanes, gateways, the reconciler and the sealer.
import type { Tx } from './database.ts';

/** Takes or prolongs a lease; its epoch (raised with each new holder) when it is ours now, undefined while another holds it. */
export async function takeLease(tx: Tx, name: string, holder: string, forMs: number): Promise<bigint | undefined> {
  return take(tx, name, holder, { forMs, fromOthers: false });
}

/** Takes or prolongs a lease whoever holds it: for what is one process's by right. */
export async function seizeLease(tx: Tx, name: string, holder: string, forMs: number): Promise<bigint | undefined> {
  return take(tx, name, holder, { forMs, fromOthers: true });
}

async function take(
  tx: Tx,
  name: string,
  holder: string,
  { forMs, fromOthers }: { forMs: number; fromOthers: boolean },
): Promise<bigint | undefined> {
  // The first epoch is the time, so that none comes again when a lease was dropped and is taken anew.
  const [row] = await tx.$queryRaw<{ epoch: bigint }[]>`
    INSERT INTO leases AS l (name, holder, until, epoch) VALUES (${name}, ${holder}, now() + ${forMs} * interval '1 millisecond',
      (extract(epoch FROM clock_timestamp()) * 1000)::bigint)
    ON CONFLICT (name) DO UPDATE SET holder = EXCLUDED.holder, until = EXCLUDED.until,
      epoch = CASE WHEN l.holder = EXCLUDED.holder THEN l.epoch ELSE l.epoch + 1 END
    WHERE l.holder = EXCLUDED.holder OR l.until <= now() OR ${fromOthers}
    RETURNING epoch`;
  return row?.epoch;
}

export async function dropLease(tx: Tx, name: string, holder: string): Promise<void> {
  await tx.$executeRaw`DELETE FROM leases WHERE name = ${name} AND holder = ${holder}`;
}

/**
 * Ends every lease, those of jobs too. Only for a process that knows that it is the only one at this database: whoever held them is
 * dead, and nobody has to wait until they run out.
 */
export async function endAllLeases(tx: Tx): Promise<void> {
  await tx.$executeRaw`UPDATE leases SET until = now() WHERE until > now()`;
  await tx.$executeRaw`UPDATE jobs SET lease_until = now() WHERE state IN ('running', 'cancelling') AND lease_until > now()`;
}

/** Removes leases that ended long ago, so that names of gone connections do not pile up. */
export async function dropOldLeases(tx: Tx): Promise<void> {
  await tx.$executeRaw`DELETE FROM leases WHERE until < now() - interval '1 day'`;
}
