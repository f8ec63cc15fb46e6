// What was left standing in the database: work that nobody does, and things that are not where they should be. Reads only.
import type { Tx } from './database.ts';

/** How long each may take before it is more than on its way, seconds. */
export interface Patience {
  dueSeconds: number;
  deliverySeconds: number;
  messageSeconds: number;
  leaseSeconds: number;
  sealSeconds: number;
  astraySeconds: number;
}

export interface Standing {
  /** Jobs that are due and that nobody does: how many, and for how long the oldest. */
  due: { jobs: number; seconds: number };
  /** Jobs whose worker is gone, and that nobody has put back. */
  lost: number;
  /** Somebody does what comes round. */
  roundsHeld: boolean;
  /** Boxes that are not destroyed. */
  boxes: number;
  /** What arrived and is not worked on. */
  deliveries: { waiting: number; seconds: number };
  /** Messages of a door that do not go out. */
  messages: readonly { door: string; waiting: number; seconds: number }[];
  /** Answers that could not be brought, by door; those of SSH clients that hung up are no fault. */
  kept: readonly { door: string; messages: number }[];
  unsealedSeconds: number;
  /** Boxes that should be elsewhere, the longest first. */
  astray: readonly { id: string; name: string; owner: string; state: string; desired: string }[];
  /** Boxes in error, with the id under which their owner was told. */
  broken: readonly { id: string; name: string; owner: string; code: string | null; failure: string | null }[];
  silentProviders: readonly { provider: string; since: Date }[];
  /** The database's clock, milliseconds since 1970. */
  clockMs: number;
}

const MOST = 10;

/** About ten short statements. */
export async function lookForStanding(tx: Tx, patience: Patience): Promise<Standing> {
  const [due] = await tx.$queryRaw<Standing['due'][]>`
    SELECT count(*)::int AS jobs, COALESCE(extract(epoch FROM now() - min(run_at)), 0)::float8 AS seconds FROM jobs
    WHERE state = 'queued' AND run_at < now() - ${patience.dueSeconds} * interval '1 second'`;
  const [deliveries] = await tx.$queryRaw<Standing['deliveries'][]>`
    SELECT count(*)::int AS waiting, COALESCE(extract(epoch FROM now() - min(received_at)), 0)::float8 AS seconds FROM deliveries d
    WHERE processed_at IS NULL AND received_at < now() - ${patience.deliverySeconds} * interval '1 second'
      AND NOT EXISTS (SELECT 1 FROM commands c WHERE c.delivery_id = d.id AND c.finished_at IS NULL)`;
  const messages = await tx.$queryRaw<{ door: string; waiting: number; seconds: number }[]>`
    SELECT door, count(*)::int AS waiting, extract(epoch FROM now() - min(created_at))::float8 AS seconds FROM messages
    WHERE state = 'pending' AND created_at < now() - ${patience.messageSeconds} * interval '1 second' AND (next_at <= now() OR tries > 0)
    GROUP BY door ORDER BY door`;
  const kept = await tx.$queryRaw<{ door: string; messages: number }[]>`
    SELECT door, count(*)::int AS messages FROM messages WHERE state = 'kept' AND door <> 'ssh' GROUP BY door ORDER BY door`;
  const [one] = await tx.$queryRaw<Pick<Standing, 'lost' | 'roundsHeld' | 'boxes' | 'unsealedSeconds' | 'clockMs'>[]>`
    SELECT (SELECT count(*)::int FROM jobs WHERE state IN ('running', 'cancelling') AND lease_until < now() - ${patience.leaseSeconds} * interval '1 second') AS lost,
      EXISTS (SELECT 1 FROM leases WHERE name = 'round:reconcile' AND until > now()) AS "roundsHeld",
      (SELECT count(*)::int FROM boxes WHERE state <> 'destroyed') AS boxes,
      (SELECT COALESCE(extract(epoch FROM now() - min(at)), 0)::float8 FROM audit
        WHERE number IS NULL AND at < now() - ${patience.sealSeconds} * interval '1 second') AS "unsealedSeconds",
      (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS "clockMs"`;
  const astray = await tx.$queryRaw<Standing['astray'][number][]>`
    SELECT b.id, b.name, a.name AS owner, b.state, b.desired FROM boxes b JOIN accounts a ON a.id = b.account_id
    WHERE b.state <> 'destroyed' AND b.state <> b.desired AND b.state <> 'error'
      AND b.state_since < now() - ${patience.astraySeconds} * interval '1 second' ORDER BY b.state_since LIMIT ${MOST}`;
  const broken = await tx.$queryRaw<Standing['broken'][number][]>`
    SELECT b.id, b.name, a.name AS owner, b.error_code AS code,
      (SELECT f.id FROM failures f WHERE f.box_id = b.id ORDER BY f.at DESC LIMIT 1) AS failure
    FROM boxes b JOIN accounts a ON a.id = b.account_id WHERE b.state = 'error' ORDER BY b.state_since LIMIT ${MOST}`;
  const silentProviders = await tx.$queryRaw<
    { provider: string; since: Date }[]
  >`SELECT provider, since FROM circuits ORDER BY provider`;
  const none = { lost: 0, roundsHeld: false, boxes: 0, unsealedSeconds: 0, clockMs: 0 };
  return {
    ...(one ?? none),
    due: due ?? { jobs: 0, seconds: 0 },
    deliveries: deliveries ?? { waiting: 0, seconds: 0 },
    messages,
    kept,
    astray,
    broken,
    silentProviders,
  };
}
