// The machines as they were listed last: what only looks after boxes asks the vendor for no list of its own.
import type { BoxRef } from '../../provider.ts';
import type { Machine } from './cloud.ts';

export interface Latest {
  saw(listed: readonly Machine[]): void;
  /** It is about to be made, started, put down or removed: what was listed of it says nothing any more. */
  forget(box: Pick<BoxRef, 'instanceName'>): void;
  /** As it ran, lately; undefined where a list has to be asked for. */
  running(box: Pick<BoxRef, 'instanceName'>): Machine | undefined;
  /** Undefined before anything was listed. */
  count(): number | undefined;
}

/** Longer than from one look over all boxes to the next. */
const LATELY_MS = 90_000;

export function createLatest(nowMs: () => number): Latest {
  let listed: Map<string, Machine> | undefined;
  let listedMs = 0;
  let count: number | undefined;
  return {
    saw(machines) {
      listed = new Map(machines.map((machine) => [machine.instanceName, machine]));
      listedMs = nowMs();
      count = machines.length;
    },
    forget: ({ instanceName }) => void listed?.delete(instanceName),
    running({ instanceName }) {
      const machine = nowMs() - listedMs > LATELY_MS ? undefined : listed?.get(instanceName);
      return machine?.state === 'running' && machine.address !== undefined ? machine : undefined;
    },
    count: () => count,
  };
}
