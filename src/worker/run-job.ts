// One claimed job from its first step to its end: done, tried again later, failed, cancelled, or lost to another worker.
import type { Gateway } from '../boxes/card.ts';
import type { Tiers } from '../boxes/sizes.ts';
import { type Logger, logAs } from '../log.ts';
import type { Meters } from '../meters.ts';
import type { Provider } from '../providers/provider.ts';
import { ProviderError } from '../providers/provider.ts';
import { payloadSchema, type QueueName } from '../queue/queues.ts';
import type { Wakes } from '../queue/wakes.ts';
import { answerWaiting } from '../store/answers.ts';
import { audit } from '../store/audit.ts';
import { type Box, boxById, moveBox } from '../store/boxes.ts';
import type { Database } from '../store/database.ts';
import { noteFailure } from '../store/failures.ts';
import { type ClaimedJob, endCancelled, endJob, liveSideJobs, requeueJob } from '../store/jobs.ts';
import { closeUsage, hasRun } from '../store/usage.ts';
import { withFailure } from '../threads/failure.ts';
import { sealAborted } from './abort.ts';
import { liveRefOf, type SpecSource } from './box-spec.ts';
import type { Circuits } from './circuits.ts';
import { heardIn } from './heard.ts';
import type { JobContext, JobHandler } from './job.ts';
import type { Preparation } from './prepare.ts';
import { openSteps } from './progress.ts';
import { faultOf, verdict } from './retry.ts';
import { tellError } from './tell-owner.ts';
import { holdTenure, TenureLost } from './tenure.ts';
import type { UsualTimes } from './usual.ts';

export interface JobRunnerOptions {
  db: Database;
  wakes: Wakes;
  providers: ReadonlyMap<string, Provider>;
  preparation: Preparation;
  circuits: Pick<Circuits, 'isWaitedFor'>;
  handlers: Readonly<Record<string, JobHandler>>;
  usual: UsualTimes;
  source: SpecSource;
  gateway: Gateway;
  destroyKeepHours: number;
  tiers: Tiers;
  leaseMs: number;
  firstRetryMs: number;
  now: () => Date;
  random: () => number;
  meters: Meters;
  logger: Logger;
}

/** Aborts a running job because this process is going: it is handed back, not failed. */
export class ShuttingDown extends Error {}

const STOP_MS = 10_000;
/** Of a box that came up half: whoever waits is told after that. */
const MOST_PATIENCE_MS = 120_000;
const UNKNOWN = Promise.resolve(undefined);
/** A job whose own calls are what fails would otherwise wait, run and wait for ever. */
const MOST_WAITS = 10;

export interface JobRunner {
  /** Never rejects because of the job; `shutdown` aborted with ShuttingDown hands the job back. */
  run(job: ClaimedJob, shutdown: AbortSignal): Promise<void>;
}

/** One try of one job: what every part of it needs, from the claim to the end. */
interface Attempt extends Pick<JobContext, 'job' | 'box' | 'tenure' | 'signal' | 'takenOver'> {
  handler: JobHandler;
}

export function createJobRunner(options: JobRunnerOptions): JobRunner {
  const { db, wakes, meters, logger } = options;

  function run(job: ClaimedJob, shutdown: AbortSignal): Promise<void> {
    const { id, kind, boxId, tries, commandId } = job;
    // Nothing else tells whose wish it is: the house's own jobs have no command.
    const command = commandId === null ? {} : { command: commandId };
    return logAs({ ...command, job: id, kind, box: boxId, try: tries }, () => runOnce(job, shutdown));
  }

  async function runOnce(job: ClaimedJob, shutdown: AbortSignal): Promise<void> {
    const box = await boxById(db.tx, job.boxId);
    const handler = options.handlers[job.kind];
    if (box === undefined || handler === undefined) throw new Error(`job ${job.id} has no box or handler`);
    const tenure = holdTenure(db, job, options.leaseMs, logger);
    const deadline = new AbortController();
    const timer = setTimeout(
      () => deadline.abort(new ProviderError('timeout', 'It took too long.')),
      handler.deadlineMs + (options.providers.get(box.provider)?.patienceMs ?? 0),
    );
    const signal = AbortSignal.any([tenure.signal, shutdown, deadline.signal]);
    const takenOver = await lastTouched(job, box);
    const attempt: Attempt = { job, box, handler, tenure, signal, takenOver };
    try {
      await perform(attempt);
    } catch (error) {
      await giveUp(attempt, sealAborted(error, signal));
    } finally {
      clearTimeout(timer);
      tenure.end();
      await wakes.changed(job.boxId);
      // What lives beside it waited for it.
      for (const beside of handler.brings === 'nothing' ? [] : await liveSideJobs(db.tx, job.boxId))
        await wakes.wakeWorker('vm-exec', beside.id, Date.now());
    }
  }

  /** What failed may be under way all the same. A box that never ran is made, or given another try, by a job of its own. */
  async function lastTouched({ begunBefore, epoch }: ClaimedJob, box: Box): Promise<Date | undefined> {
    if (begunBefore) return new Date();
    const isAnotherTry = box.state === 'error' || (epoch > 1 && !(await hasRun(db.tx, box.id)));
    return isAnotherTry ? box.stateSince : undefined;
  }

  async function perform({ handler, ...held }: Attempt): Promise<void> {
    const { job, box, tenure, signal } = held;
    payloadSchema.parse(job.payload);
    const provider = options.providers.get(box.provider);
    if (provider === undefined)
      throw new ProviderError('invalid', `This installation has no provider "${box.provider}" any more.`);
    if (handler.brings === 'up') await options.preparation.ready(provider, signal);
    const shown = (lanes: readonly string[]): void => {
      void wakes.wakeLanes(lanes);
      void wakes.changed(job.id);
    };
    const steps = await openSteps({
      db,
      job,
      title: handler.title(box),
      // How long somebody's own command takes, others' do not tell.
      usual: job.kind === 'exec' ? UNKNOWN : options.usual.of(job.kind, box.provider).catch(() => undefined),
      clock: () => performance.now(),
      shown,
      meters,
      logger,
    });
    const { source, gateway, destroyKeepHours, tiers, now } = options;
    const end = await handler.run({
      ...held,
      db,
      provider,
      steps,
      source,
      gateway,
      destroyKeepHours,
      tiers,
      now,
      logger,
    });
    await steps.written();
    const lanes = await tenure.write(async (tx) => {
      if ((await end.commit?.(tx)) === false)
        throw new ProviderError('invalid', `${box.name} changed while it was worked on.`);
      await endJob(tx, job, { state: 'succeeded' });
      return answerWaiting(tx, job.id, end.reply);
    });
    await wakes.wakeLanes(lanes);
    if (handler.brings === 'up') await bringKeysIn(job.boxId);
    meters.tried(job.kind, 'succeeded', 'none');
    logger.info({ outcome: 'succeeded' }, 'Job done');
  }

  /** Keys that were added while the box came up are not in it yet; somebody waits to log in. */
  async function bringKeysIn(boxId: string): Promise<void> {
    const box = await boxById(db.tx, boxId);
    if (box !== undefined && box.configApplied < box.configWanted) await wakes.changed(`configure:${boxId}`);
  }

  async function giveUp(attempt: Attempt, error: unknown): Promise<void> {
    const { job, handler, tenure } = attempt;
    try {
      if (error instanceof TenureLost) {
        await letGo(job);
        logger.info({ outcome: error.why }, 'Job given up');
        return;
      }
      if (error instanceof ShuttingDown) {
        await tenure.write((tx) =>
          requeueJob(tx, job, { delayMs: 0, usesTry: false, loses: handler.brings === 'nothing' }),
        );
        await wakes.wakeWorker(job.queue as QueueName, job.id, Date.now());
        logger.info({ outcome: 'handed back' }, 'Job handed back');
        return;
      }
      await failOrRetry(attempt, error);
    } catch (later) {
      // The lease runs out and somebody else goes on from what is written.
      if (later instanceof TenureLost) await letGo(job).catch(() => {});
      logger.warn({ error: later, outcome: 'left' }, 'Job left to the next worker');
    }
  }

  async function failOrRetry({ job, box, handler, tenure }: Attempt, error: unknown): Promise<void> {
    const fault = faultOf(error);
    const provider = options.providers.get(box.provider);
    if (provider !== undefined && fault.code === 'image_missing') options.preparation.forget(provider);
    if (heardIn(error) === 'silent' && job.losses < MOST_WAITS && (await options.circuits.isWaitedFor(box.provider))) {
      await tenure.write((tx) => requeueJob(tx, job, { delayMs: 0, usesTry: false, loses: true, error: fault }));
      logger.warn({ error, code: fault.code, outcome: 'waits' }, 'Job waits until its provider answers');
      return;
    }
    const decision = verdict(error, job.tries, job.maxTries, options.random, options.firstRetryMs);
    logger.warn({ error, code: fault.code, again: decision.again }, 'Job failed');
    if (decision.again) {
      await tenure.write((tx) => requeueJob(tx, job, { delayMs: decision.delayMs, usesTry: true, error: fault }));
      meters.tried(job.kind, 'retried', fault.code);
      await wakes.wakeWorker(job.queue as QueueName, job.id, job.tries, decision.delayMs);
      return;
    }
    if (provider !== undefined && handler.brings === 'up') await stopHalfUp(provider, box);
    const { lanes, failure } = await tenure.write(async (tx) => {
      if (handler.brings !== 'nothing')
        await moveBox(tx, { boxId: box.id, epoch: job.epoch, to: 'error', error: fault });
      // What could not be brought up does not run; what could not be stopped may.
      if (handler.brings === 'up') await closeUsage(tx, box.id);
      await handler.undo?.(tx, job);
      await endJob(tx, job, { state: job.tries >= job.maxTries ? 'dead' : 'failed', error: fault });
      await audit(tx, { actor: 'system', action: `box.${job.kind}_failed`, target: { box: box.id, job: job.id } });
      const id = await noteFailure(tx, { kind: 'job', subject: job.id, boxId: box.id, ...fault });
      if (handler.brings !== 'nothing') await tellError(tx, box, job, { problem: fault.text, failure: id });
      const answer = withFailure(handler.failed(box, fault.text), id);
      return { lanes: await answerWaiting(tx, job.id, answer), failure: id };
    });
    meters.tried(job.kind, 'failed', fault.code);
    logger.error({ outcome: 'failed', code: fault.code, failure }, 'Job given up');
    await wakes.wakeLanes(lanes);
  }

  /** A box in error must not run unseen; what cannot be stopped now is found by the next start or destroy. */
  async function stopHalfUp(provider: Provider, box: Box): Promise<void> {
    const now = await boxById(db.tx, box.id);
    // People use it already.
    if (now?.state === 'running') return;
    const ref = liveRefOf(now ?? box, options.source.installId);
    await provider
      .stop(ref, { signal: AbortSignal.timeout(STOP_MS + Math.min(provider.patienceMs, MOST_PATIENCE_MS)) })
      .catch((error: unknown) => {
        logger.warn({ error }, 'A box that did not come up could not be stopped');
      });
  }

  /** A destroy waits for the job that it cancelled; one that is somebody else's by now is left as it is. */
  async function letGo(job: ClaimedJob): Promise<void> {
    await endCancelled(db.tx, job);
    await wakes.wakeWorker('vm-control', `${job.id}-next`, Date.now());
  }

  return { run };
}
