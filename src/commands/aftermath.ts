// What a transaction leaves to be done once it has ended: whom to wake. Before that they would find nothing.
import type { QueueName } from '../queue/queues.ts';
import { NOTICES } from '../queue/queues.ts';
import type { Wakes } from '../queue/wakes.ts';

/** A job whose row was locked or made, lanes in which a message was put for somebody else, or an account that got a notice. */
export type Woken = { id: string; queue: string } | { lanes: readonly string[] } | { told: string };

export interface Aftermath {
  /** Queue by job. */
  jobs: Map<string, QueueName>;
  /** Running boxes whose keys changed. */
  boxes: Set<string>;
  /** Lanes of the command itself: this process holds them, or tells who does. */
  lanes: Set<string>;
  /** Lanes of others, whichever process holds them. */
  othersLanes: Set<string>;
  /** Accounts that are to be told something outside their threads. */
  told: Set<string>;
  /** What is to be logged of the command: its ids and what it came to. */
  taken: Set<object>;
}

export function nothing(): Aftermath {
  return {
    jobs: new Map(),
    boxes: new Set(),
    lanes: new Set(),
    othersLanes: new Set(),
    told: new Set(),
    taken: new Set(),
  };
}

/** The transaction was undone. */
export function clear(after: Aftermath): void {
  for (const left of Object.values(after)) left.clear();
}

/** Notes whom a command wants to be woken. */
export function noteIn(after: Aftermath): (what: Woken) => void {
  return (what) => {
    if ('id' in what) after.jobs.set(what.id, what.queue as QueueName);
    else if ('told' in what) after.told.add(what.told);
    else for (const lane of what.lanes) after.othersLanes.add(lane);
  };
}

/** Never rejects: a wake-up that is lost costs time only. */
export async function wakeAll({ jobs, boxes, othersLanes, told }: Aftermath, wakes: Wakes): Promise<void> {
  await Promise.all([
    ...[...jobs].map(([id, queue]) => wakes.wakeWorker(queue, id, Date.now())),
    ...[...boxes].map((id) => wakes.changed(`configure:${id}`)),
    wakes.wakeLanes([...othersLanes]),
    ...(told.size === 0 ? [] : [wakes.changed(NOTICES)]),
  ]);
}
