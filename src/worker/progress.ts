// The named steps of a job: timed, written down in order, and shown in the threads that wait.
import type { Logger } from '../log.ts';
import { ProviderError } from '../providers/provider.ts';
import type { Database } from '../store/database.ts';
import { type ClaimedJob, type StepRow, stepsOf, writeStep } from '../store/jobs.ts';

export interface Steps {
  /** Runs one step; `label` may be completed by what the work found out. A step of an earlier try is shown again, not twice. */
  run<T>(name: string, label: string, work: () => Promise<T>, complete?: (result: T) => string): Promise<T>;
  /** Resolves when everything shown so far is written. */
  written(): Promise<void>;
  readonly lines: readonly StepRow[];
}

export interface StepsOptions {
  db: Database;
  job: ClaimedJob;
  title: string;
  /** Called after each write with the lanes of the messages that changed, to wake those who show them. */
  shown: (lanes: readonly string[]) => void;
  /** Milliseconds from any fixed point. */
  clock: () => number;
  logger: Logger;
}

export async function openSteps(options: StepsOptions): Promise<Steps> {
  const { db, job, clock } = options;
  // A first try has none; saves a query on the way to the first box.
  const lines: StepRow[] = job.tries + job.losses > 1 ? await stepsOf(db.tx, job.id) : [];
  // Writes follow each other and do not hold up the work. One that fails is logged and no more: the next shows all lines.
  let writing: Promise<void> = Promise.resolve();

  function show(step: StepRow): void {
    const ordinal = lines.findIndex((line) => line.name === step.name);
    if (ordinal === -1) lines.push(step);
    else lines[ordinal] = step;
    const snapshot = lines.map((line) => ({ ...line }));
    const place = ordinal === -1 ? snapshot.length - 1 : ordinal;
    writing = writing.then(async () => {
      try {
        const shown = snapshot.map(({ name: _, ...line }) => line);
        const lanes = await writeStep(
          db.tx,
          job,
          { ...step, ordinal: place },
          { kind: 'progress', progress: { title: options.title, lines: shown } },
        );
        options.shown(lanes);
      } catch (error) {
        options.logger.warn({ step: step.name, error }, 'A step could not be written down');
      }
    });
  }

  return {
    lines,
    written: () => writing,
    async run(name, label, work, complete) {
      const began = clock();
      const slow = setTimeout(() => show({ name, label, state: 'working' }), SHOW_WORKING_MS);
      try {
        const result = await work();
        clearTimeout(slow);
        show({ name, label: complete?.(result) ?? label, state: 'done', tookMs: Math.round(clock() - began) });
        return result;
      } catch (error) {
        clearTimeout(slow);
        if (error instanceof ProviderError) show({ name, label, state: 'failed', tookMs: Math.round(clock() - began) });
        throw error;
      }
    },
  };
}

/** A step that is over sooner is shown only once, done. */
const SHOW_WORKING_MS = 400;
