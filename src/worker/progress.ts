// The named steps of a job: timed, written down in order, and shown in the threads that wait.
import type { Logger } from '../log.ts';
import type { Meters } from '../meters.ts';
import { ProviderError } from '../providers/provider.ts';
import type { Database } from '../store/database.ts';
import type { ClaimedJob } from '../store/jobs.ts';
import { type StepRow, showProgress, stepsOf, writeStep } from '../store/steps.ts';
import { endWaiting } from '../store/waiting.ts';
import type { MessageBody, ProgressLine } from '../threads/reply.ts';
import { type Usual, usualText } from '../threads/waiting.ts';

export interface Steps {
  /**
   * Runs one step; `label` may be completed by what the work found out. `note` is told what it waits for. A step of an earlier try is shown
   * again, not twice.
   */
  run<T>(name: string, label: string, work: (note: Note) => Promise<T>, complete?: (result: T) => string): Promise<T>;
  /** Shows below the steps what a program prints; asked for it at most once a second. */
  print(output: () => string): void;
  /** Resolves when everything shown so far is written. */
  written(): Promise<void>;
  readonly lines: readonly StepRow[];
}

/** Shown behind the step's label as long as it is worked on. */
export type Note = (waitsFor: string) => void;

export interface StepsOptions {
  db: Database;
  job: ClaimedJob;
  title: string;
  /** How long such a job usually takes. Never rejects. */
  usual: Promise<Usual | undefined>;
  /** Called after each write with the lanes of the messages that changed, to wake those who show them. */
  shown: (lanes: readonly string[]) => void;
  /** Milliseconds from any fixed point. */
  clock: () => number;
  meters: Meters;
  logger: Logger;
}

export async function openSteps(options: StepsOptions): Promise<Steps> {
  const { db, job, clock, meters } = options;
  // A first try has none; saves a query on the way to the first box.
  const lines: StepRow[] = job.tries + job.losses > 1 ? await stepsOf(db.tx, job.id) : [];
  const bodyOf = async (shown: readonly ProgressLine[]): Promise<MessageBody & { kind: 'progress' }> => {
    const usual = await options.usual;
    const note = usual === undefined || usual.p95Ms < WORTH_TELLING_MS ? {} : { note: usualText(usual) };
    const output = printed === undefined ? {} : { output: printed() };
    return { kind: 'progress', progress: { title: options.title, lines: shown, ...note, ...output } };
  };
  let printed: (() => string) | undefined;
  let printing: NodeJS.Timeout | undefined;
  // Writes follow each other and do not hold up the work. One that fails is logged and no more: the next shows all lines.
  let writing: Promise<void> = hasWaited(job) ? written(() => begin()) : Promise.resolve();

  /** Whoever was told of a place in the line reads that it is their turn. */
  async function begin(): Promise<void> {
    options.shown(await endWaiting(db.tx, job.id, await bodyOf([])));
  }

  async function written(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      options.logger.warn({ error }, 'A step could not be written down');
    }
  }

  function showPrinted(): void {
    printing = undefined;
    const snapshot = lines.map(({ name: _, ...line }) => line);
    writing = writing.then(() =>
      written(async () => options.shown(await showProgress(db.tx, job, await bodyOf(snapshot)))),
    );
  }

  function show(step: StepRow): void {
    const ordinal = lines.findIndex((line) => line.name === step.name);
    if (ordinal === -1) lines.push(step);
    else lines[ordinal] = step;
    const snapshot = lines.map((line) => ({ ...line }));
    const place = ordinal === -1 ? snapshot.length - 1 : ordinal;
    writing = writing.then(() =>
      written(async () => {
        const body = await bodyOf(snapshot.map(({ name: _, ...line }) => line));
        options.shown(await writeStep(db.tx, job, { ...step, ordinal: place }, body));
      }),
    );
  }

  return {
    lines,
    written() {
      clearTimeout(printing);
      return writing;
    },
    print(output) {
      printed = output;
      printing ??= setTimeout(showPrinted, PRINT_MS);
    },
    async run(name, label, work, complete) {
      const began = clock();
      let doing = label;
      let isShown = false;
      const slow = setTimeout(() => {
        isShown = true;
        show({ name, label: doing, state: 'working' });
      }, SHOW_WORKING_MS);
      const note: Note = (waitsFor) => {
        const before = doing;
        doing = waitsFor === '' ? label : `${label}: ${waitsFor}`;
        if (isShown && doing !== before) show({ name, label: doing, state: 'working' });
      };
      try {
        const result = await work(note);
        clearTimeout(slow);
        meters.stepped(job.kind, name, 'done', clock() - began);
        show({ name, label: complete?.(result) ?? label, state: 'done', tookMs: Math.round(clock() - began) });
        return result;
      } catch (error) {
        clearTimeout(slow);
        meters.stepped(job.kind, name, 'failed', clock() - began);
        if (error instanceof ProviderError) show({ name, label, state: 'failed', tookMs: Math.round(clock() - began) });
        throw error;
      }
    },
  };
}

/** Who was told of the wait had to wait a while; others are not asked for. */
function hasWaited({ createdAt, startedAt }: ClaimedJob): boolean {
  return startedAt !== null && startedAt.getTime() - createdAt.getTime() >= WAITED_MS;
}

/** How often what a program prints is shown anew. */
const PRINT_MS = 1000;
const WAITED_MS = 500;
/** Of what is over in a moment it need not be said how long it takes. */
const WORTH_TELLING_MS = 3000;
/** A step that is over sooner is shown only once, done. */
const SHOW_WORKING_MS = 400;
