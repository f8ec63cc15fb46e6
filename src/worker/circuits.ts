// The circuit breaker of each provider: this process counts what it hears, the database knows who is silent, one process probes.
import type { Logger } from '../log.ts';
import type { Provider } from '../providers/provider.ts';
import type { QueueName } from '../queue/queues.ts';
import type { Wakes } from '../queue/wakes.ts';
import { type Circuit, closeCircuit, openCircuit, openCircuits, putOffProbe } from '../store/circuits.ts';
import type { Database } from '../store/database.ts';
import { dueJobs } from '../store/jobs.ts';
import { type Counted, count, NONE_FAILED, opens, pauseMs } from './circuit.ts';
import { heard, heardIn } from './heard.ts';

export interface CircuitsOptions {
  db: Database;
  installId: string;
  /** A clock that is never set, milliseconds. */
  steadyMs: () => number;
  logger: Logger;
}

export interface Circuits {
  /** The same provider, listened to. */
  watch(provider: Provider): Provider;
  /** Whether jobs wait for that provider, with everything that was heard up to now counted. */
  isWaitedFor(provider: string): Promise<boolean>;
  /** Asks those again that do not answer, as far as it is time; has the jobs of one that does go on. For one process at a time. */
  probe(wakes: Pick<Wakes, 'wakeWorker'>, signal: AbortSignal): Promise<void>;
}

const PROBE_MS = 10_000;
const WAKE_AT_ONCE = 100;

export function createCircuits({ db, installId, steadyMs, logger }: CircuitsOptions): Circuits {
  const counts = new Map<string, Counted>();
  /** As they are, not listened to: a probe does not count. */
  const providers = new Map<string, Provider>();
  let noting: Promise<void> = Promise.resolve();

  function note(provider: string, silentMs: number): void {
    noting = noting
      .then(async () => {
        if (await openCircuit(db.tx, provider, { silentMs, pauseMs: pauseMs(undefined) }))
          logger.error({ provider, silentMs }, 'A provider does not answer; its jobs wait until it does');
      })
      .catch((error: unknown) => logger.warn({ provider, error }, 'It could not be noted that a provider is silent'));
  }

  async function ask(circuit: Circuit, wakes: Pick<Wakes, 'wakeWorker'>, signal: AbortSignal): Promise<void> {
    const { provider: name, since } = circuit;
    const provider = providers.get(name);
    if (provider !== undefined && !(await answers(provider, signal))) {
      if (!signal.aborted) await putOffProbe(db.tx, name, pauseMs(circuit.pauseMs));
      return;
    }
    await closeCircuit(db.tx, name);
    logger.info({ provider: name, since }, 'A provider answers again; its jobs go on');
    for (const job of await dueJobs(db.tx, WAKE_AT_ONCE))
      await wakes.wakeWorker(job.queue as QueueName, job.id, Date.now());
  }

  async function answers(provider: Provider, signal: AbortSignal): Promise<boolean> {
    try {
      await provider.list(installId, { signal: AbortSignal.any([signal, AbortSignal.timeout(PROBE_MS)]) });
      return true;
    } catch (error) {
      return heardIn(error) === 'answered';
    }
  }

  return {
    watch(provider) {
      const { name } = provider;
      providers.set(name, provider);
      return heard(provider, (said) => {
        const atMs = steadyMs();
        const counted = count(counts.get(name) ?? NONE_FAILED, said, atMs);
        const isOpen = opens(counted, atMs);
        // What is open is closed by a probe alone, and is then counted anew.
        counts.set(name, isOpen ? NONE_FAILED : counted);
        if (isOpen) note(name, atMs - (counted.sinceMs ?? atMs));
      });
    },
    async isWaitedFor(provider) {
      await noting;
      return (await openCircuits(db.tx)).some((circuit) => circuit.provider === provider && circuit.waits);
    },
    async probe(wakes, signal) {
      const due = (await openCircuits(db.tx)).filter(({ isDue }) => isDue);
      await Promise.all(due.map((circuit) => ask(circuit, wakes, signal)));
    },
  };
}
