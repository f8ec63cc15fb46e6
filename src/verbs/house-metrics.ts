// Which figures a process shows at /metrics, beside what it counts itself: those of the whole house, from the database, and its own.
import { statfs } from 'node:fs/promises';
import type { Metrics } from '../http/metrics.ts';
import { QUEUE_NAMES } from '../queue/queues.ts';
import type { HouseServices } from '../roles/house.ts';
import { roundNames } from '../roles/worker.ts';
import { ASTRAY_MINUTES, type HouseFigures, houseFigures } from '../store/figures.ts';

export interface Measured {
  services: HouseServices;
  dataDir: string;
  doors: readonly string[];
  /** Undefined in a process that has no doors. */
  restingLanes: (() => number) | undefined;
  /** Undefined in a process that does no jobs. */
  jobsAtWork: (() => number) | undefined;
  /** For how long a look at the database serves. All gauges of one scrape read the same one. Milliseconds; 1,000 when left out. */
  keepMs?: number;
}

const LOOK_KEEP_MS = 1000;
const LOOK_DEADLINE_MS = 5000;

/** The same from whichever process is asked: `[name, help, labels, figure]`. */
const OF_HOUSE: readonly (readonly [string, string, readonly string[], keyof HouseFigures])[] = [
  [
    'shellbox_jobs',
    'Jobs that are not over: waiting for a worker, for later, running, cancelling.',
    ['queue', 'state'],
    'jobs',
  ],
  ['shellbox_queue_oldest_seconds', 'For how long the oldest job that is due has waited.', ['queue'], 'oldestDueJob'],
  ['shellbox_deliveries_waiting', 'What arrived and is not worked through.', ['door'], 'deliveriesWaiting'],
  ['shellbox_delivery_oldest_seconds', 'For how long the oldest of them has waited.', ['door'], 'oldestDelivery'],
  ['shellbox_messages_pending', 'Messages that are to be sent.', ['door'], 'messagesPending'],
  ['shellbox_message_oldest_seconds', 'Age of the oldest message that is due or was tried.', ['door'], 'oldestMessage'],
  ['shellbox_messages_kept', 'Answers that could not be brought and were not shown yet.', ['door'], 'messagesKept'],
  ['shellbox_notices_waiting', 'Notices that are due to be brought to people.', [], 'noticesWaiting'],
  ['shellbox_boxes', 'Boxes that are not destroyed.', ['provider', 'state'], 'boxes'],
  [
    'shellbox_boxes_astray',
    `Boxes that are not where they should be for more than ${ASTRAY_MINUTES} minutes.`,
    ['provider'],
    'boxesAstray',
  ],
  [
    'shellbox_provider_silent',
    '1 while this provider does not answer and its jobs wait.',
    ['provider'],
    'silentProviders',
  ],
  ['shellbox_orphans', 'Instances that no box owns.', ['provider'], 'orphans'],
  [
    'shellbox_quarantined',
    '1 while this database is taken for older than the boxes, and nothing is done to them.',
    [],
    'quarantined',
  ],
  ['shellbox_leases', 'Leases that are held.', ['kind'], 'leases'],
  ['shellbox_round_held', '1 while a worker does what comes round.', ['round'], 'rounds'],
  ['shellbox_audit_unsealed_seconds', 'Age of the oldest audit entry that is not sealed.', [], 'unsealedAudit'],
  [
    'shellbox_failures_last_hour',
    'Failures that people were shown in the last hour, by what failed and why.',
    ['kind', 'code'],
    'failures',
  ],
  ['shellbox_idle_stops_last_hour', 'Boxes that stopped by themselves in the last hour.', ['cause'], 'idleStops'],
  ['shellbox_idle_warnings_last_hour', 'Warnings of such stops in the last hour.', [], 'idleWarnings'],
  ['shellbox_clock_offset_seconds', 'How far the clock of this process is ahead of the database’s.', [], 'clockOffset'],
];

export function measureHouse(metrics: Metrics, measured: Measured): void {
  const { services, dataDir, restingLanes, jobsAtWork, keepMs = LOOK_KEEP_MS } = measured;
  const look = keptFor(keepMs, () => lookAt(measured));
  for (const [name, help, labels, figure] of OF_HOUSE)
    metrics.rows({ name, help, labels, read: async () => (await look())[figure] });
  metrics.gauge({
    name: 'shellbox_database_connections',
    help: 'Connections of this process to the database, and who waits for one.',
    label: 'state',
    read: () => services.db.pool(),
  });
  metrics.rows({
    name: 'shellbox_data_free_bytes',
    help: 'Space that is left where the data directory lies.',
    labels: [],
    read: async () => {
      const { bavail, bsize } = await statfs(dataDir);
      return [{ labels: {}, value: bavail * bsize }];
    },
  });
  if (restingLanes !== undefined)
    metrics.gauge({
      name: 'shellbox_lanes_resting',
      help: 'Lanes of this process in which the platform wants no messages for now.',
      read: restingLanes,
    });
  if (jobsAtWork !== undefined)
    metrics.gauge({ name: 'shellbox_jobs_at_work', help: 'Jobs that this process does now.', read: jobsAtWork });
}

function lookAt({ services, doors }: Measured): Promise<HouseFigures> {
  const { db, providers, now } = services;
  const names = [...providers.keys()];
  const known = { queues: QUEUE_NAMES, doors, providers: names, rounds: roundNames(names) };
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('The database did not answer in time.')), LOOK_DEADLINE_MS);
  return Promise.race([houseFigures(db.tx, known, now), late.promise]).finally(() => clearTimeout(timer));
}

function keptFor<T>(keepMs: number, make: () => Promise<T>): () => Promise<T> {
  let kept: { value: Promise<T>; untilMs: number } | undefined;
  return () => {
    if (kept === undefined || performance.now() >= kept.untilMs)
      kept = { value: make(), untilMs: performance.now() + keepMs };
    return kept.value;
  };
}
