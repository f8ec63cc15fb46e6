// Providers that do not answer: since when, and when they are asked again. No row means that a provider answers.
import type { Tx } from './database.ts';
import { Prisma } from './prisma/client.ts';

/** After so long nobody waits any more: jobs are run, and end with the failure they meet. */
const PATIENCE_MINUTES = 60;

/** For a statement that knows a box as `b`: its provider does not answer, and its jobs wait until it does. */
export const WAITS_FOR_PROVIDER = Prisma.sql`EXISTS (
  SELECT 1 FROM circuits o WHERE o.provider = b.provider AND o.since > now() - ${PATIENCE_MINUTES} * interval '1 minute')`;

export interface Circuit {
  provider: string;
  /** When its calls began to fail. */
  since: Date;
  pauseMs: number;
  /** It is time to ask it again. */
  isDue: boolean;
  /** Jobs wait for it. */
  waits: boolean;
}

/** Notes that a provider has been silent for `silentMs`; false when that is known already. */
export async function openCircuit(
  tx: Tx,
  provider: string,
  { silentMs, pauseMs }: { silentMs: number; pauseMs: number },
): Promise<boolean> {
  const made = await tx.$executeRaw`
    INSERT INTO circuits (provider, since, probe_at, pause_ms)
    VALUES (${provider}, now() - ${silentMs} * interval '1 millisecond', now() + ${pauseMs} * interval '1 millisecond', ${pauseMs}::int)
    ON CONFLICT DO NOTHING`;
  return made === 1;
}

/** Those that do not answer. */
export async function openCircuits(tx: Tx): Promise<Circuit[]> {
  return tx.$queryRaw`
    SELECT provider, since, pause_ms AS "pauseMs", probe_at <= now() AS "isDue",
      since > now() - ${PATIENCE_MINUTES} * interval '1 minute' AS waits
    FROM circuits ORDER BY provider`;
}

/** Their names. */
export async function silentProviders(tx: Tx): Promise<ReadonlySet<string>> {
  return new Set((await openCircuits(tx)).map(({ provider }) => provider));
}

/** The probe failed: the next is made after this pause. */
export async function putOffProbe(tx: Tx, provider: string, pauseMs: number): Promise<void> {
  await tx.$executeRaw`
    UPDATE circuits SET pause_ms = ${pauseMs}::int, probe_at = now() + ${pauseMs} * interval '1 millisecond' WHERE provider = ${provider}`;
}

/** It answers again. */
export async function closeCircuit(tx: Tx, provider: string): Promise<void> {
  await tx.$executeRaw`DELETE FROM circuits WHERE provider = ${provider}`;
}
