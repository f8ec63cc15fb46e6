// A supervised child process: started, awaited until it answers, started again when it dies, and stopped in steps.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { ShellboxError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { CHILD_ENV, type RunAs } from './run.ts';

/** One step of stopping: the signal, and how long its effect is awaited before the next one. */
export interface StopStep {
  signal: NodeJS.Signals;
  waitMs: number;
}

export interface ChildSpec {
  /** For messages and the log, e.g. `PostgreSQL`. */
  name: string;
  /** The error code when it does not start. */
  code: string;
  command: string;
  args: readonly string[];
  workingDirectory: string;
  user: RunAs | undefined;
  /** Clears the way before each start, e.g. of what an earlier run left. */
  prepare(signal: AbortSignal): Promise<void>;
  /** Resolves when the server answers; keeps trying until it does or `signal` aborts. */
  ready(signal: AbortSignal): Promise<void>;
  readyTimeoutMs: number;
  stopSteps: readonly StopStep[];
}

export interface SupervisedChild {
  /** Of the process that runs now. */
  pid(): number | undefined;
  /** Ends it and the supervision. May be called twice; takes at most the sum of the stop steps. */
  stop(): Promise<void>;
}

interface Running {
  process: ChildProcess;
  startedAt: number;
  /** Its last lines of output. */
  tail: string[];
  exited: Promise<Exit>;
}

interface Exit {
  status: number | null;
  signal: NodeJS.Signals | null;
  error?: Error;
}

/** A start may meet the last breath of a process that is just ending, so it is tried more than once. */
const START_ATTEMPTS = 3;
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 10_000;
/** A child that lived this long starts the back-off anew. */
const STABLE_MS = 60_000;
const TAIL_LINES = 20;
const MAX_LINE_CHARACTERS = 500;

/**
 * Starts the child and resolves when it answers. From then on it is started again whenever it dies, with a growing delay, until `stop`.
 *
 * @throws ShellboxError with the spec's `code` when it does not start; the signal's reason when aborted. Nothing runs then.
 */
export async function superviseChild(spec: ChildSpec, logger: Logger, signal: AbortSignal): Promise<SupervisedChild> {
  const stopping = new AbortController();
  let running = await startWithRetries(spec, logger, signal);
  let delayMs = FIRST_DELAY_MS;

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      const exit = await running.exited;
      if (stopping.signal.aborted) return;
      if (performance.now() - running.startedAt > STABLE_MS) delayMs = FIRST_DELAY_MS;
      const fields = { child: spec.name, pid: running.process.pid, ...exit, output: running.tail, delayMs };
      logger.error(fields, 'embedded server died; it is started again');
      await restart();
    }
  }

  async function restart(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await delay(delayMs, undefined, { signal: stopping.signal });
        delayMs = Math.min(delayMs * 2, MAX_DELAY_MS);
        running = await startOnce(spec, logger, stopping.signal);
        logger.info({ child: spec.name, pid: running.process.pid }, 'embedded server runs again');
        return;
      } catch (error) {
        if (!stopping.signal.aborted)
          logger.error({ child: spec.name, err: error, delayMs }, 'embedded server did not start again');
      }
    }
  }

  const watching = watch();
  let stopped: Promise<void> | undefined;
  async function stop(): Promise<void> {
    stopping.abort();
    await terminate(running, spec.stopSteps);
    await watching; // a restart that was under way has undone itself, or is the one that runs now
    await terminate(running, spec.stopSteps);
  }
  return {
    pid: () => running.process.pid,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

async function startWithRetries(spec: ChildSpec, logger: Logger, signal: AbortSignal): Promise<Running> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(spec, logger, signal);
    } catch (error) {
      if (signal.aborted || attempt === START_ATTEMPTS) throw error;
      await delay(FIRST_DELAY_MS * attempt, undefined, { signal });
    }
  }
}

/** Either a child that answers, or none at all. */
async function startOnce(spec: ChildSpec, logger: Logger, signal: AbortSignal): Promise<Running> {
  signal.throwIfAborted();
  await spec.prepare(signal);
  signal.throwIfAborted();
  const running = launch(spec, logger);
  const giveUp = new AbortController();
  const timeout = AbortSignal.timeout(spec.readyTimeoutMs);
  try {
    const died = running.exited.then((exit) => {
      throw failedToStart(spec, running, exit.error);
    });
    await Promise.race([died, spec.ready(AbortSignal.any([signal, giveUp.signal, timeout]))]);
    return running;
  } catch (error) {
    giveUp.abort();
    await terminate(running, spec.stopSteps);
    signal.throwIfAborted();
    throw error instanceof ShellboxError ? error : failedToStart(spec, running, error);
  }
}

function launch(spec: ChildSpec, logger: Logger): Running {
  const child = spawn(spec.command, spec.args, {
    cwd: spec.workingDirectory,
    env: CHILD_ENV,
    detached: true, // out of the terminal's process group: Ctrl-C is for us, who drain before the servers go
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(spec.user && { uid: spec.user.uid, gid: spec.user.gid }),
  });
  const tail: string[] = [];
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (status, signal) => resolve({ status, signal }));
    child.once('error', (error) => resolve({ status: null, signal: null, error }));
  });
  keepLines(child.stdout, tail, spec, logger);
  keepLines(child.stderr, tail, spec, logger);
  return { process: child, startedAt: performance.now(), tail, exited };
}

function keepLines(stream: Readable, tail: string[], spec: ChildSpec, logger: Logger): void {
  createInterface({ input: stream }).on('line', (line) => {
    if (line.trim() === '') return;
    const text = line.slice(0, MAX_LINE_CHARACTERS);
    tail.push(text);
    if (tail.length > TAIL_LINES) tail.shift();
    logger.debug({ child: spec.name, text }, 'embedded server says');
  });
}

async function terminate(running: Running, steps: readonly StopStep[]): Promise<void> {
  for (const { signal, waitMs } of steps) {
    running.process.kill(signal); // does nothing once it has ended
    const timer = new AbortController();
    const waited = delay(waitMs, 'late', { signal: timer.signal }).catch(() => 'late');
    const outcome = await Promise.race([running.exited, waited]);
    timer.abort();
    if (outcome !== 'late') return;
  }
}

function failedToStart(spec: ChildSpec, running: Running, cause: unknown): ShellboxError {
  const last = running.tail.at(-1);
  const output = new Error(running.tail.join('\n') || 'no output', cause === undefined ? undefined : { cause });
  return new ShellboxError(
    spec.code,
    `The embedded ${spec.name} did not start${last === undefined ? '' : `: ${last}`}.`,
    { cause: output },
  );
}
