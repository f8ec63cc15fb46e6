// The places of a worker process: each provider has its own in each queue, so that one that hangs keeps none of the others' from work.
import { QUEUES, type QueueName } from '../queue/queues.ts';

export interface Places {
  /** Takes a place; the function gives it back. */
  take(queue: QueueName, provider: string): () => void;
  /** Providers that have no place left in the queue. */
  full(queue: QueueName): readonly string[];
}

export function createPlaces(): Places {
  const taken = new Map<QueueName, Map<string, number>>();
  return {
    take(queue, provider) {
      const here = taken.get(queue) ?? new Map<string, number>();
      taken.set(queue, here);
      here.set(provider, (here.get(provider) ?? 0) + 1);
      return () => void here.set(provider, (here.get(provider) ?? 1) - 1);
    },
    full: (queue) =>
      [...(taken.get(queue) ?? [])]
        .filter(([, count]) => count >= QUEUES[queue].concurrency)
        .map(([provider]) => provider),
  };
}
