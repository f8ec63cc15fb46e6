// What running boxes do, asked of the engine from outside: one-shot figures and the list of processes, never an exec.
import type { ContainerInspectInfo } from 'dockerode';
import type { Logger } from '../../log.ts';
import type { Observation, ObservedProcess } from '../observed.ts';
import type { BoxRef, CallContext } from '../provider.ts';
import { ask, type Docker } from './engine.ts';
import { throwIfCancelled } from './errors.ts';
import { createGate } from './gate.ts';
import { isHere, readHostProcess } from './host-processes.ts';
import { isUp, lookForOwn } from './instances.ts';
import { holdersOf, type ListedProcess, oursOf, PS_ARGS, readTop } from './top.ts';

/**
 * An engine before version 25 answers even one-shot figures at its collector's next beat, up to a second later
 * (https://github.com/moby/moby/pull/46448), which costs nothing but the wait: many may wait at once.
 */
const MOST_BOXES_AT_ONCE = 64;
/** Each starts a `ps` on the engine's host. */
const MOST_LISTS_AT_ONCE = 4;
/** For all that is asked about one box: one that does not answer must not take the time of the others. */
const ANSWER_MS = 10_000;
/** Of one box: those that used most, and all that hold it. */
const MOST_PROCESSES = 200;
const LONGEST_COMMAND = 32;
const NANOSECONDS_PER_MS = 1e6;

export type Observe = (boxes: readonly BoxRef[], context: CallContext) => Promise<ReadonlyMap<string, Observation>>;

export function createObserve(docker: Docker, logger: Logger): Observe {
  const boxesGate = createGate(MOST_BOXES_AT_ONCE);
  const listsGate = createGate(MOST_LISTS_AT_ONCE);

  async function observeOne(box: BoxRef, signal: AbortSignal): Promise<Observation | undefined> {
    throwIfCancelled({ doing: 'show the box', signal });
    const container = await lookForOwn(docker, box, signal);
    if (container === undefined || !isUp(container)) return undefined;
    const handle = docker.getContainer(container.Id);
    const figures = ask({ doing: 'give the figures of the box', signal }, (abortSignal) => {
      const once: { stream: false; 'one-shot': true; abortSignal: AbortSignal } = {
        stream: false,
        'one-shot': true,
        abortSignal,
      };
      return handle.stats(once);
    });
    const listed = listsGate(() =>
      ask({ doing: 'list the processes of the box', signal }, (abortSignal) =>
        handle.top({ ps_args: PS_ARGS, abortSignal }),
      ),
    );
    const [stats, top] = await Promise.all([figures, listed]);
    const cpuNanoseconds: unknown = stats.cpu_stats?.cpu_usage?.total_usage;
    // What has just stopped has no figures.
    if (typeof cpuNanoseconds !== 'number' || cpuNanoseconds <= 0) return undefined;
    return {
      startedAtMs: Date.parse(container.State.StartedAt),
      cpuMs: Math.round(cpuNanoseconds / NANOSECONDS_PER_MS),
      trafficBytes: Object.values(stats.networks ?? {}).reduce(
        (sum, { rx_bytes, tx_bytes }) => sum + rx_bytes + tx_bytes,
        0,
      ),
      processes: processesOf(container, readTop(top)),
    };
  }

  return async (boxes, { signal }) => {
    throwIfCancelled({ doing: 'observe boxes', signal });
    const seen = new Map<string, Observation>();
    let failed = 0;
    const look = async (box: BoxRef): Promise<void> => {
      try {
        const observation = await observeOne(box, AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]));
        if (observation !== undefined) seen.set(box.boxId, observation);
      } catch (error) {
        failed += 1;
        logger.debug({ box: box.boxId, provider: 'docker', error }, 'A box could not be observed');
      }
    };
    await Promise.all(boxes.map((box) => boxesGate(() => look(box))));
    throwIfCancelled({ doing: 'observe boxes', signal });
    // Of no box anything: either each has a trouble of its own, or there is no engine to ask.
    if (failed > 0 && seen.size === 0)
      await ask({ doing: 'answer', signal, deadlineMs: ANSWER_MS }, () => docker.ping());
    return seen;
  };
}

function processesOf(container: ContainerInspectInfo, listed: readonly ListedProcess[]): ObservedProcess[] {
  const ours = oursOf(listed, container.State.Pid);
  const holders = holdersOf(listed);
  const here = isHere(container.State.Pid, container.Id);
  const most = listed.toSorted((one, other) => other.cpuMs - one.cpuMs).slice(0, MOST_PROCESSES);
  const kept = new Set([...most, ...listed.filter(({ hostPid }) => holders.has(hostPid))]);
  return [...kept].flatMap(({ hostPid, command, cpuMs }): ObservedProcess[] => {
    const name = command.slice(0, LONGEST_COMMAND);
    const about = { command: name, ours: ours.has(hostPid), holds: holders.has(hostPid) };
    if (!here) return [{ ...about, pid: undefined, key: `${hostPid} ${command}`, cpuMs }];
    const known = readHostProcess(hostPid);
    if (known === undefined) return [];
    return [{ ...about, pid: known.pid, key: `${hostPid} ${known.startTicks}`, cpuMs: known.cpuMs }];
  });
}
