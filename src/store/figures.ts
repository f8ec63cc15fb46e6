// What the database alone knows of how the house is doing: the same whichever process asks.
import { openCircuits } from './circuits.ts';
import type { Tx } from './database.ts';
import { quarantineOf } from './quarantine.ts';

export interface Figure {
  /** Of few values each: never a name or an id. */
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** Ages in seconds, on the database's clock; 0 where there is nothing. */
export interface HouseFigures {
  jobs: readonly Figure[];
  oldestDueJob: readonly Figure[];
  deliveriesWaiting: readonly Figure[];
  oldestDelivery: readonly Figure[];
  messagesPending: readonly Figure[];
  oldestMessage: readonly Figure[];
  messagesKept: readonly Figure[];
  noticesWaiting: readonly Figure[];
  boxes: readonly Figure[];
  boxesAstray: readonly Figure[];
  silentProviders: readonly Figure[];
  orphans: readonly Figure[];
  quarantined: readonly Figure[];
  leases: readonly Figure[];
  rounds: readonly Figure[];
  unsealedAudit: readonly Figure[];
  failures: readonly Figure[];
  idleStops: readonly Figure[];
  idleWarnings: readonly Figure[];
  clockOffset: readonly Figure[];
}

/** A box that is not where it should be for so long is more than on its way. */
export const ASTRAY_MINUTES = 5;

interface Row {
  one: string;
  other: string | null;
  value: number;
}

const plain = (value: number): Figure[] => [{ labels: {}, value }];
const byTwo = (rows: readonly Row[], one: string, other: string): Figure[] =>
  rows.map((row) => ({ labels: { [one]: row.one, [other]: row.other ?? '' }, value: row.value }));
/** With a 0 for each that is known and was not found, so that a figure does not vanish when all is well. */
function byOne(rows: readonly Row[], name: string, known: readonly string[] = []): Figure[] {
  const values = new Map([
    ...known.map((one): [string, number] => [one, 0]),
    ...rows.map((row): [string, number] => [row.one, row.value]),
  ]);
  return [...values].map(([one, value]) => ({ labels: { [name]: one }, value }));
}

export interface KnownNames {
  queues: readonly string[];
  doors: readonly string[];
  providers: readonly string[];
  /** Of what comes round. */
  rounds: readonly string[];
}

/** Some ten short statements. `now` is this process's clock, which is compared with the database's. */
export async function houseFigures(tx: Tx, known: KnownNames, now: () => Date): Promise<HouseFigures> {
  const jobs = await tx.$queryRaw<Row[]>`
    SELECT queue AS one, CASE WHEN state = 'queued' AND run_at > now() THEN 'later' WHEN state = 'queued' THEN 'waiting' ELSE state END AS other,
      count(*)::float8 AS value FROM jobs WHERE state IN ('queued', 'running', 'cancelling') GROUP BY 1, 2`;
  const due = await tx.$queryRaw<Row[]>`
    SELECT queue AS one, NULL AS other, extract(epoch FROM now() - min(run_at))::float8 AS value
    FROM jobs WHERE state = 'queued' AND run_at <= now() GROUP BY 1`;
  const deliveries = await tx.$queryRaw<(Row & { age: number })[]>`
    SELECT door AS one, NULL AS other, count(*)::float8 AS value, extract(epoch FROM now() - min(received_at))::float8 AS age
    FROM deliveries d WHERE processed_at IS NULL AND NOT (whole AND EXISTS (
      SELECT 1 FROM commands c WHERE c.delivery_id = d.id AND c.finished_at IS NULL)) GROUP BY 1`;
  const messages = await tx.$queryRaw<(Row & { age: number })[]>`
    SELECT door AS one, state AS other, count(*)::float8 AS value,
      COALESCE(extract(epoch FROM now() - min(created_at) FILTER (WHERE next_at <= now() OR tries > 0)), 0)::float8 AS age
    FROM messages WHERE state = 'pending' GROUP BY 1, 2
    UNION ALL SELECT door, 'kept', count(*)::float8, 0 FROM messages WHERE state = 'kept' GROUP BY 1`;
  const pending = messages.filter((row) => row.other === 'pending');
  const boxes = await tx.$queryRaw<Row[]>`
    SELECT provider AS one, state AS other, count(*)::float8 AS value FROM boxes WHERE state <> 'destroyed' GROUP BY 1, 2`;
  const astray = await tx.$queryRaw<Row[]>`
    SELECT provider AS one, NULL AS other, count(*)::float8 AS value FROM boxes
    WHERE state <> 'destroyed' AND state <> desired AND state <> 'error' AND state_since < now() - ${ASTRAY_MINUTES} * interval '1 minute' GROUP BY 1`;
  const silent = (await openCircuits(tx)).map(({ provider }) => ({ one: provider, other: null, value: 1 }));
  const orphans = await tx.$queryRaw<Row[]>`
    SELECT provider AS one, NULL AS other, count(*)::float8 AS value FROM orphans WHERE removed_at IS NULL GROUP BY 1`;
  const leases = await tx.$queryRaw<Row[]>`
    SELECT split_part(name, ':', 1) AS one, CASE WHEN name LIKE 'round:%' THEN substr(name, 7) END AS other, count(*)::float8 AS value
    FROM leases WHERE until > now() GROUP BY 1, 2`;
  const [row] = await tx.$queryRaw<{ sealAge: number; notices: number; warnings: number; nowMs: number }[]>`
    SELECT (SELECT COALESCE(extract(epoch FROM now() - min(at)), 0)::float8 FROM audit WHERE number IS NULL) AS "sealAge",
      (SELECT count(*)::float8 FROM notices WHERE state = 'waiting' AND due_at <= now()) AS notices,
      (SELECT count(*)::float8 FROM notices WHERE kind = 'warning' AND created_at > now() - interval '1 hour') AS warnings,
      (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS "nowMs"`;
  const offsetMs = row === undefined ? 0 : now().getTime() - row.nowMs;
  const stops = await tx.$queryRaw<Row[]>`
    SELECT payload ->> 'reason' AS one, NULL AS other, count(*)::float8 AS value FROM jobs
    WHERE kind = 'stop' AND finished_at > now() - interval '1 hour' AND state = 'succeeded' AND payload ->> 'reason' IN ('idle', 'unknown', 'lifetime') GROUP BY 1`;
  const failures = await tx.$queryRaw<Row[]>`
    SELECT COALESCE(j.kind, f.kind) AS one, f.code AS other, count(*)::float8 AS value FROM failures f LEFT JOIN jobs j ON j.id = f.subject
    WHERE f.at > now() - interval '1 hour' GROUP BY 1, 2`;
  const rounds = leases.flatMap((lease) => (lease.other === null ? [] : [{ ...lease, one: lease.other }]));
  const ages = (rows: readonly (Row & { age: number })[]) => rows.map((each) => ({ ...each, value: each.age }));
  return {
    jobs: byTwo(jobs, 'queue', 'state'),
    oldestDueJob: byOne(due, 'queue', known.queues),
    deliveriesWaiting: byOne(deliveries, 'door', known.doors),
    oldestDelivery: byOne(ages(deliveries), 'door', known.doors),
    messagesPending: byOne(pending, 'door', known.doors),
    oldestMessage: byOne(ages(pending), 'door', known.doors),
    messagesKept: byOne(
      messages.filter((each) => each.other === 'kept'),
      'door',
      known.doors,
    ),
    noticesWaiting: plain(row?.notices ?? 0),
    boxes: byTwo(boxes, 'provider', 'state'),
    boxesAstray: byOne(astray, 'provider', known.providers),
    silentProviders: byOne(silent, 'provider', known.providers),
    orphans: byOne(orphans, 'provider', known.providers),
    quarantined: plain((await quarantineOf(tx)) === undefined ? 0 : 1),
    leases: byOne(summed(leases), 'kind'),
    rounds: byOne(rounds, 'round', known.rounds),
    unsealedAudit: plain(row?.sealAge ?? 0),
    failures: byTwo(failures, 'kind', 'code'),
    idleStops: byOne(stops, 'cause', ['idle', 'unknown', 'lifetime']),
    idleWarnings: plain(row?.warnings ?? 0),
    clockOffset: plain(offsetMs / 1000),
  };
}

function summed(rows: readonly Row[]): Row[] {
  const sums = new Map<string, number>();
  for (const { one, value } of rows) sums.set(one, (sums.get(one) ?? 0) + value);
  return [...sums].map(([one, value]) => ({ one, other: null, value }));
}
