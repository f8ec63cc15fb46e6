// The reconciler: level-triggered, one at a time, it moves every box from its state to its desired state and repairs what was forgotten.
import type { Provider } from '../providers/provider.ts';
import { jobOf, type QueueName } from '../queue/queues.ts';
import { answerWaiting } from '../store/answers.ts';
import { boxById, moveBox } from '../store/boxes.ts';
import { silentProviders } from '../store/circuits.ts';
import { noteFailure } from '../store/failures.ts';
import { buryJob, dueJobs, insertJobWhile, isMain, type JobKind, reviveLostJobs } from '../store/jobs.ts';
import {
  beginPurge,
  countedInError,
  type ExpectedInstance,
  endTimeInError,
  homesToPurge,
  notePurged,
  runningInstances,
  type Unsettled,
  unsettledBoxes,
} from '../store/reconcile.ts';
import { closeUsage } from '../store/usage.ts';
import { withFailure } from '../threads/failure.ts';
import { fail } from '../threads/reply.ts';
import { refOf, type SpecSource } from './box-spec.ts';
import { dropSnapshots } from './drop-snapshots.ts';
import { checkMark, leaveMark, lookInQuarantine } from './quarantine.ts';
import { type ReapOptions, reap } from './reap.ts';
import { tellError } from './tell-owner.ts';

export interface ReconcilerOptions extends ReapOptions {
  source: SpecSource;
  now: () => Date;
  /** Aborted when this process goes or loses its turn; what is left is for the next round. */
  signal?: AbortSignal;
  /** How long the home of a destroyed box stays beyond the longest create, milliseconds. */
  orphanGraceMs: number;
  /** After how long a destroy that failed is tried again, milliseconds. */
  retryErrorMs: number;
}

const AT_ONCE = 1000;
const LOST_REMEDY =
  'Read the ends of the workers’ logs: they were killed or paused whenever they did this job. Then: admin retry.';
const PROVIDER_DEADLINE_MS = 60_000;

/** One round over what is written down; no provider is asked, so none can keep it from being done. In quarantine they are, and nothing is done. */
export async function reconcile(options: ReconcilerOptions): Promise<void> {
  const { db, wakes } = options;
  if ((await checkMark(options)) !== undefined) return lookInQuarantine(options, () => withDeadline(options.signal));
  await reviveLost(options);
  for (const box of await unsettledBoxes(db.tx, options.retryErrorMs, AT_ONCE)) await settle(options, box);
  for (const job of await dueJobs(db.tx, AT_ONCE)) await wakes.wakeWorker(job.queue as QueueName, job.id, Date.now());
  await leaveMark(options);
}

/** One round over what one provider has. One that does not answer is left alone until it does; the next round looks again. */
export async function lookOver(options: ReconcilerOptions, provider: Provider): Promise<void> {
  if ((await silentProviders(options.db.tx)).has(provider.name)) return;
  if ((await checkMark(options)) !== undefined) return;
  try {
    await keepAdmitting(options, provider);
    if (!(await compare(options, provider))) return;
    await purge(options, provider);
    await dropSnapshots(options, provider, () => ({ signal: withDeadline(options.signal) }));
  } catch (error) {
    options.logger.warn(
      { provider: provider.name, error },
      'A provider could not be looked over; nothing was concluded from that',
    );
  }
}

async function reviveLost({ db, wakes, logger }: ReconcilerOptions): Promise<void> {
  const lanes = await db.transaction(async (tx) => {
    const { revived, buried } = await reviveLostJobs(tx);
    if (revived > 0) logger.info({ revived }, 'Jobs of lost workers go on');
    const woken: string[] = [];
    for (const job of buried) {
      const fault = {
        code: 'worker_lost',
        text: 'Every worker that tried it was lost.',
      };
      await buryJob(tx, job.id, fault);
      // What lives beside says nothing of the box.
      if (isMain(job.kind)) {
        await moveBox(tx, { boxId: job.boxId, epoch: job.epoch, to: 'error', error: fault });
        await closeUsage(tx, job.boxId);
      }
      const box = await boxById(tx, job.boxId);
      const failure = await noteFailure(tx, {
        kind: 'job',
        subject: job.id,
        boxId: job.boxId,
        ...fault,
        remedy: LOST_REMEDY,
      });
      if (box !== undefined && isMain(job.kind)) await tellError(tx, box, job, { problem: fault.text, failure });
      woken.push(...(await answerWaiting(tx, job.id, withFailure(fail(fault.text), failure))));
      logger.error({ job: job.id, box: job.boxId, failure }, 'A job was buried: it kept losing its workers');
    }
    return woken;
  });
  await wakes.wakeLanes(lanes);
}

/** A call to a provider ends with the round that made it. */
function withDeadline(signal: AbortSignal | undefined): AbortSignal {
  const deadline = AbortSignal.timeout(PROVIDER_DEADLINE_MS);
  return signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
}

/** Asked every round: somebody may have flushed the host's rules under running boxes, and operators are to know when none may start. */
async function keepAdmitting({ logger, signal }: ReconcilerOptions, provider: Provider): Promise<void> {
  const context = { signal: withDeadline(signal) };
  for (const asked of await Promise.allSettled([provider.protect(context), provider.admit(context)])) {
    if (asked.status === 'fulfilled') continue;
    logger.warn({ provider: provider.name, error: asked.reason }, 'No box may be made or started now');
  }
}

/** The verb that leads from a state to the desired one. */
function verbFor({ state, desired }: Unsettled): JobKind {
  if (desired === 'destroyed') return 'destroy';
  if (desired === 'stopped') return 'stop';
  return state === 'requested' || state === 'provisioning' ? 'spinup' : 'start';
}

async function settle({ db, logger }: ReconcilerOptions, box: Unsettled): Promise<void> {
  const kind = verbFor(box);
  const id = await insertJobWhile(db.tx, { ...jobOf(kind, 'reconcile'), boxId: box.id }, box);
  if (id !== undefined)
    logger.info(
      { job: id, kind, box: box.id, state: box.state, desired: box.desired },
      'A box is brought to where it should be',
    );
}

/** What the provider has against what it should have; false when it has what only a newer database can have asked for. */
async function compare(options: ReconcilerOptions, provider: Provider): Promise<boolean> {
  const { db, source } = options;
  const inTime = () => ({ signal: withDeadline(options.signal) });
  // Read before the provider is asked, so that a box made meanwhile is not taken for one that vanished.
  const expected = await runningInstances(db.tx, provider.name);
  const counted = await countedInError(db.tx, provider.name);
  const found = await provider.list(source.installId, inTime());
  if (!(await reap(options, provider, found, inTime()))) return false;
  const running = new Set(found.filter((instance) => instance.running).map(({ instanceName }) => instanceName));
  // Of its own: orphans that cannot be removed may have used up theirs.
  const looking = inTime();
  /** The list may lag; the instance itself is asked before anything is done. */
  const halted = async (box: ExpectedInstance): Promise<'nothing' | 'stopped' | undefined> => {
    if (running.has(box.name)) return undefined;
    const { boxId: id, incarnation, ref: instanceRef } = box;
    const view = await provider.inspect(refOf({ id, incarnation, instanceRef }, source.installId), looking);
    if (view === undefined) return 'nothing';
    return view.running ? undefined : 'stopped';
  };
  for (const box of expected) {
    const seen = await halted(box);
    if (seen !== undefined) await startAgain(options, box, seen);
  }
  for (const box of counted) {
    if ((await halted(box)) !== undefined) await endTimeInError(db.tx, box.boxId);
  }
  return true;
}

async function startAgain(
  { db, wakes, logger }: ReconcilerOptions,
  { boxId }: ExpectedInstance,
  found: string,
): Promise<void> {
  const wanted = jobOf('start', 'reconcile');
  const id = await insertJobWhile(db.tx, { ...wanted, boxId }, { state: 'running', desired: 'running' });
  if (id === undefined) return;
  logger.warn({ box: boxId, job: id, found }, 'A box that should run does not; it is started');
  await wakes.wakeWorker(wanted.queue, id);
}

async function purge(
  { db, source, now, orphanGraceMs, signal, logger }: ReconcilerOptions,
  provider: Provider,
): Promise<void> {
  for (const box of await homesToPurge(
    db.tx,
    provider.name,
    now(),
    provider.longestCreateMs + orphanGraceMs,
    AT_ONCE,
  )) {
    try {
      if (!(await beginPurge(db.tx, box.id))) continue;
      await provider.destroyHome(refOf(box, source.installId), { signal: withDeadline(signal) });
      await notePurged(db.tx, box.id);
    } catch (error) {
      logger.warn({ box: box.id, error }, 'A home could not be removed; the next round tries again');
    }
  }
}
