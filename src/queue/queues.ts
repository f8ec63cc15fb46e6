// The queues: their names, concurrency and tries, the jobs that go on each, and the schema of what a job carries.
import { z } from 'zod';
import { STOP_CAUSES } from '../boxes/planned-stop.ts';
import { isMain, type JobKind } from '../store/jobs.ts';

export const QUEUES = {
  'vm-provision': { concurrency: 2, maxTries: 3 },
  'vm-control': { concurrency: 5, maxTries: 2 },
  'vm-exec': { concurrency: 10, maxTries: 1 },
} as const;
export type QueueName = keyof typeof QUEUES;
export const QUEUE_NAMES = Object.keys(QUEUES) as QueueName[];

export const QUEUE_OF = {
  spinup: 'vm-provision',
  start: 'vm-control',
  stop: 'vm-control',
  destroy: 'vm-control',
  restart: 'vm-exec',
  exec: 'vm-exec',
  snapshot: 'vm-exec',
} as const satisfies Record<JobKind, QueueName>;

/** Told as a change when somebody is to be told something outside their threads. */
export const NOTICES = 'notices';
/** Told as a change, with the id behind it, of a box whose owner is warned of its stop now. */
export const WARNED = 'warned:';

/** The version of job payloads that this program writes and understands. */
export const JOB_VERSION = 1;

export const payloadSchema = z.strictObject({
  /** Why it is done: somebody typed it, a connection wants the box, the house itself, or a planned stop and its cause. */
  reason: z.enum(['command', 'connection', 'reconcile', ...STOP_CAUSES]),
  /** Of an `exec`: what to run. */
  exec: z
    .strictObject({
      /** As it was typed. */
      line: z.string().min(1),
      minutes: z.int().positive(),
      /** Of a line that is ours and not typed: what people are shown in its place. */
      title: z.string().min(1).optional(),
    })
    .optional(),
  /** Of a `snapshot`: which one. */
  snapshot: z.uuid().optional(),
});
export type Payload = z.infer<typeof payloadSchema>;
export type Reason = Payload['reason'];

/** What a new job of this kind is beside its box: its queue, its tries and its payload. */
export function jobOf<K extends JobKind>(kind: K, reason: Reason, more: Omit<Payload, 'reason'> = {}) {
  const queue = QUEUE_OF[kind];
  return { kind, beside: !isMain(kind), queue, payload: { reason, ...more }, maxTries: triesOf(kind) };
}

/** A restart that failed half way leaves the box stopped, so it is tried like a start. */
function triesOf(kind: JobKind): number {
  return QUEUES[kind === 'restart' ? QUEUE_OF.start : QUEUE_OF[kind]].maxTries;
}
