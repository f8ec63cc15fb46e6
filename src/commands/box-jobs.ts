// Asking for work on a box: joins the same verb, lets destroy win, refuses anything else while a job is live.
import { BOX_ID_PATTERN } from '../boxes/names.ts';
import { jobOf } from '../queue/queues.ts';
import { answerWaiting } from '../store/answers.ts';
import { type Box, boxByName, desire, liveBoxes, lockBox } from '../store/boxes.ts';
import type { Tx } from '../store/database.ts';
import { cancelJob, hasLiveJob, insertJob, type Job, liveSideJobs, lockLiveJob, type MainKind } from '../store/jobs.ts';
import { giveSnapshotUp } from '../store/snapshots.ts';
import { endWaiting } from '../store/waiting.ts';
import { command, fail } from '../threads/reply.ts';
import type { CommandContext } from './context.ts';
import { refuseInQuarantine } from './quarantined.ts';
import { ReadAgain, Refusal } from './refusal.ts';
import { nearest } from './suggest.ts';

/** What is being done, for sentences: `mybox is starting`. */
export const DOING = {
  spinup: 'being made',
  start: 'starting',
  restart: 'being restarted',
  stop: 'stopping',
  destroy: 'being destroyed',
} as const satisfies Record<MainKind, string>;

const DONE = {
  spinup: 'made',
  start: 'started',
  restart: 'restarted',
  stop: 'stopped',
  destroy: 'destroyed',
} as const satisfies Record<MainKind, string>;

/** A box and its live job, both locked: job first, then box, as workers do, so that nobody waits in a circle. */
export interface Held {
  box: Box;
  job: LiveJob | undefined;
}

type LiveJob = Job & { kind: MainKind };

export async function hold(tx: Tx, boxId: string, wake: CommandContext['wake']): Promise<Held | undefined> {
  const job = await lockLiveJob(tx, boxId);
  if (job) wake(job);
  const box = await lockBox(tx, boxId);
  if (box === undefined) return undefined;
  // A job that was made between the two locks has not been seen.
  if (job === undefined && (await hasLiveJob(tx, boxId))) throw new ReadAgain();
  return box.state === 'destroyed' ? undefined : { box, job };
}

/** The asker's box of that name, locked. Another account's box reads exactly like none. */
export async function holdByName(context: CommandContext, name: string): Promise<Held> {
  const found = context.account && (await boxByName(context.tx, context.account.id, name));
  const held = found && (await hold(context.tx, found.id, context.wake));
  if (held === undefined) throw new Refusal(await noSuchBox(context, name));
  return held;
}

/** The asker's box of that name, for reading. */
export async function findByName(context: CommandContext, name: string): Promise<Box> {
  const box = context.account && (await boxByName(context.tx, context.account.id, name));
  if (box === undefined) throw new Refusal(await noSuchBox(context, name));
  return box;
}

async function noSuchBox(context: CommandContext, name: string): Promise<ReturnType<typeof fail>> {
  const boxes = context.account ? await liveBoxes(context.tx, context.account.id) : [];
  const names = boxes.map((box) => box.name);
  // From a button, whose box's name only its owner may know.
  if (BOX_ID_PATTERN.test(name))
    return fail(
      `No box of yours is meant by that. You have ${names.length === 0 ? 'none' : names.join(', ')}.`,
      command('list'),
    );
  if (boxes.length === 0) return fail(`No box "${name}": you have none yet. To make it:`, command(`spinup ${name}`));
  const meant = nearest(name, names);
  return fail(
    `No box "${name}".${meant === undefined ? '' : ` Did you mean ${meant}?`} You have: ${names.join(', ')}.`,
    command('list'),
  );
}

/** Ends a live job for a destroy; those who wait for it are told so. */
async function cancel(
  tx: Tx,
  box: Box,
  job: Pick<Job, 'id' | 'kind' | 'state'>,
  wake: CommandContext['wake'],
): Promise<void> {
  const ended = { title: '', lines: [{ label: 'cancelled while it waited', state: 'failed' }] } as const;
  if (job.state === 'queued') wake({ lanes: await endWaiting(tx, job.id, { kind: 'progress', progress: ended }) });
  await cancelJob(tx, job.id);
  await giveSnapshotUp(tx, job.id);
  const cancelled = fail(`${box.name}: ${job.kind} was cancelled, because destroy was asked.`);
  wake({ lanes: await answerWaiting(tx, job.id, cancelled) });
}

/** Makes or joins the job that does `kind`, and writes down what is wanted; the caller holds the box. */
export async function requestJob(
  tx: Tx,
  held: Held,
  kind: MainKind,
  reason: 'command' | 'connection',
  wake: CommandContext['wake'],
): Promise<string> {
  const { box, job } = held;
  if (job?.kind === kind) return job.id;
  await refuseInQuarantine(tx, `${box.name} was not ${DONE[kind]}`);
  if (job !== undefined) {
    if (kind !== 'destroy')
      throw new Refusal(
        fail(`${box.name} is ${DOING[job.kind]}. Wait for it, or see how far it is:`, command(`logs ${box.name}`)),
      );
    await cancel(tx, box, job, wake);
  }
  if (kind === 'destroy') for (const beside of await liveSideJobs(tx, box.id)) await cancel(tx, box, beside, wake);
  if (!(await desire(tx, box.id, kind === 'destroy' ? 'destroyed' : kind === 'stop' ? 'stopped' : 'running'))) {
    throw new Refusal(fail(`${box.name} is being destroyed.`));
  }
  const wanted = jobOf(kind, reason);
  const id = await insertJob(tx, { ...wanted, boxId: box.id, accountId: box.accountId });
  if (id === undefined) throw new ReadAgain();
  wake({ id, queue: wanted.queue });
  return id;
}
