// The job that runs somebody's line in a box: once, whatever happens, with its output shown as it comes.
import { ShellboxError } from '../errors.ts';
import { type Ended, ProviderError } from '../providers/provider.ts';
import { type Payload, payloadSchema } from '../queue/queues.ts';
import { type Box, boxById, noteUsed } from '../store/boxes.ts';
import { beginStep } from '../store/steps.ts';
import { type Block, code, command, duration, fail, type Reply, text } from '../threads/reply.ts';
import { shown } from '../threads/shown.ts';
import { specOf } from './box-spec.ts';
import { forLonger, inQuotes, keepingAll } from './exec-again.ts';
import type { JobContext, JobHandler } from './job.ts';
import { createOutput, type Output } from './output.ts';

const MINUTE_MS = 60_000;
export const MOST_EXEC_MINUTES = 60;
/** From the TERM that ends a line to the KILL. */
const GRACE_SECONDS = 10;
/** From the deadline in the box to ours, which only matters when the box is not heard any more. */
const LATE_MS = 30_000;
const LONGEST_TITLE = 60;
/** Of the step that says that a line was begun. */
const RUN = 'run';

type Exec = NonNullable<Payload['exec']>;

export const execJob: JobHandler = {
  kind: 'exec',
  deadlineMs: MOST_EXEC_MINUTES * MINUTE_MS + 2 * LATE_MS,
  brings: 'nothing',
  title: (box) => `Running in ${box.name}`,
  async run(context) {
    const { job, box, steps, tenure } = context;
    const { exec } = payloadSchema.parse(job.payload);
    if (exec === undefined) throw new Error(`job ${job.id} has nothing to run`);
    const label = shown(exec.title ?? exec.line, LONGEST_TITLE);
    if (steps.lines.length > 0)
      throw new ShellboxError('exec_interrupted', `Shellbox was interrupted while it watched "${label}".`, {
        remedy: 'It may have ended or go on in the box; it is not run again by itself.',
      });
    const output = createOutput();
    // Before it begins, so that whoever comes after us never runs it again.
    await tenure.write((tx) => beginStep(tx, job, { name: RUN, label }));
    const began = performance.now();
    const ended = await steps.run(RUN, label, () => runLine(context, exec, output));
    return { reply: told({ box, exec, label, ended, tookMs: performance.now() - began }, output) };
  },
  failed: (box, problem) =>
    fail(`${box.name}: ${problem}`, text('What runs in it:'), command(`exec ${box.name} -- ps -fu dev`)),
};

async function runLine(context: JobContext, { line, minutes }: Exec, output: Output): Promise<Ended> {
  const { db, job, provider, source, steps, now, logger } = context;
  const box = await boxById(db.tx, job.boxId);
  if (box?.state !== 'running' || box.endpointHost === null || box.endpointPort === null)
    throw new ShellboxError(
      'exec_not_running',
      box === undefined ? 'The box is gone.' : `It is ${box.state}${cause(box)}.`,
    );
  const use = (): void => {
    noteUsed(db.tx, box.id, now()).catch((error: unknown) => logger.warn({ error }, 'A use could not be noted'));
  };
  use();
  // As long as it runs the box is used, whether it prints anything or not.
  const using = setInterval(use, MINUTE_MS);
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(minutes * MINUTE_MS + LATE_MS)]);
  try {
    return await provider.exec(
      await specOf(db.tx, box, source),
      {
        endpoint: { host: box.endpointHost, port: box.endpointPort },
        // The box itself ends it, even when nobody hears the box any more; what it started goes with it.
        line: `exec timeout --kill-after=${GRACE_SECONDS} ${minutes * 60} "$SHELL" -c ${inQuotes(line)} </dev/null`,
        output(data) {
          output.add(data);
          steps.print(output.tail);
        },
      },
      { signal },
    );
  } catch (error) {
    if (context.signal.aborted || !(error instanceof ProviderError)) throw error;
    // It is the box that does not answer: nothing is known of its provider by that, and nothing is tried again.
    throw new ShellboxError(`exec_${error.code}`, error.message, { cause: error });
  } finally {
    clearInterval(using);
  }
}

function cause({ state, errorText }: Box): string {
  return state === 'error' && errorText !== null ? `: ${errorText}` : '';
}

interface Run {
  box: Box;
  exec: Exec;
  label: string;
  ended: Ended;
  tookMs: number;
}

function told({ box, exec, label, ended, tookMs }: Run, output: Output): Reply {
  const { line, minutes, title } = exec;
  const isOver = tookMs >= minutes * MINUTE_MS;
  const status = exitStatus(ended);
  const how = isOver ? `ended after its ${minutes} minutes` : howText(ended);
  const blocks: Block[] = [
    text(`${status === 0 ? '✓' : '✗'} ${box.name}: ${label} · ${how} · ${duration(tookMs)}`),
    output.text() === '' ? text('It printed nothing.') : code(output.text()),
  ];
  // A line with a title is ours; nobody types it.
  if (output.isCut)
    blocks.push(
      ...(title === undefined
        ? keepingAll(box.name, line)
        : [text('All of it is in the box:'), command(`connect ${box.name}`)]),
    );
  if (isOver && title === undefined && minutes < MOST_EXEC_MINUTES)
    blocks.push(...forLonger(box.name, line, MOST_EXEC_MINUTES));
  return { outcome: status === 0 ? 'done' : 'failed', blocks, exitStatus: status };
}

function howText(ended: Ended): string {
  return 'status' in ended ? `exit status ${ended.status}` : `ended by SIG${ended.signal}`;
}

/** 128 + n is what a shell says of a program that signal n ended. */
const SIGNALS: Readonly<Record<string, number>> = {
  ...{
    HUP: 1,
    INT: 2,
    QUIT: 3,
    ILL: 4,
    ABRT: 6,
    FPE: 8,
    KILL: 9,
    USR1: 10,
    SEGV: 11,
    USR2: 12,
    PIPE: 13,
    ALRM: 14,
    TERM: 15,
  },
};

function exitStatus(ended: Ended): number {
  return 'status' in ended ? ended.status : 128 + (SIGNALS[ended.signal] ?? 0);
}
