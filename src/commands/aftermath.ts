// What a command's transaction leaves to be done once it has ended.
import type { QueueName } from '../queue/queues.ts';

export interface Aftermath {
  jobs: Map<string, QueueName>;
  /** Running boxes whose keys changed. */
  boxes: Set<string>;
  lanes: Set<string>;
}

export function nothing(): Aftermath {
  return { jobs: new Map(), boxes: new Set(), lanes: new Set() };
}

export function clear(after: Aftermath): void {
  after.jobs.clear();
  after.boxes.clear();
  after.lanes.clear();
}
