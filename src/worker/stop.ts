// The job that stops a box and keeps its home.
import { routeTo, sshLine } from '../boxes/card.ts';
import { STOP_CAUSES } from '../boxes/planned-stop.ts';
import { bytesText } from '../boxes/text.ts';
import { type LiveBoxRef, ProviderError } from '../providers/provider.ts';
import { payloadSchema } from '../queue/queues.ts';
import { audit } from '../store/audit.ts';
import { lockBox, moveBox, noteHomeUsed } from '../store/boxes.ts';
import { release } from '../store/capacity.ts';
import type { Tx } from '../store/database.ts';
import { lifeById, noteAsleep } from '../store/lives.ts';
import { notify, settleWarnings } from '../store/notices.ts';
import { closeUsage } from '../store/usage.ts';
import { command, duration, fail, say, text } from '../threads/reply.ts';
import { liveRefOf } from './box-spec.ts';
import { enter } from './bring-up.ts';
import type { JobContext, JobHandler } from './job.ts';
import { stoppedLine, stoppedReply } from './stop-words.ts';

export const stopJob: JobHandler = {
  kind: 'stop',
  deadlineMs: 5 * 60_000,
  brings: 'down',
  title: (box) => `Stopping ${box.name}`,
  async run(context) {
    const { job, provider, source, steps, tenure } = context;
    const ranSince = context.box.stateSince;
    const box = await tenure.write(async (tx) => {
      const locked = await lockBox(tx, job.boxId);
      if (locked === undefined) throw new ProviderError('invalid', 'The box is gone.');
      await enter(tx, locked, job.epoch, 'stopping');
      return locked;
    });
    const ref = liveRefOf(box, source.installId);
    await steps.run('stop', 'box stopped', (note) => provider.stop(ref, { ...context, note }));
    const used = await homeUsed(context, ref);
    const ran =
      context.box.state === 'running'
        ? `; it ran ${duration(Math.max(0, context.now().getTime() - ranSince.getTime()))}`
        : '';
    return {
      reply: say(
        text(`✓ ${box.name} is stopped${ran}. Kept: home${used === undefined ? '' : `, ${bytesText(used)}`}.`),
        command(`start ${box.name}`),
      ),
      async commit(tx) {
        if (!(await moveBox(tx, { boxId: box.id, epoch: job.epoch, to: 'stopped', endpoint: null }))) return false;
        await closeUsage(tx, box.id);
        await release(tx, box.id);
        if (used !== undefined) await noteHomeUsed(tx, box.id, used);
        await tellOwner(tx, context, used);
        await audit(tx, { actor: box.accountId, action: 'box.stopped', target: { box: box.id, job: job.id } });
        return true;
      },
    };
  },
  failed: (box, problem) => fail(`${box.name} could not be stopped: ${problem}`, command(`stop ${box.name}`)),
};

/** A stop that was planned is told to the box's owner, wherever they are, and in its thread. */
async function tellOwner(
  tx: Tx,
  { box, job, gateway, tiers, now }: JobContext,
  homeUsedBytes: number | undefined,
): Promise<void> {
  await settleWarnings(tx, box.id, say(`${box.name} has stopped.`));
  const cause = STOP_CAUSES.find((known) => known === payloadSchema.parse(job.payload).reason);
  const life = cause === undefined ? undefined : await lifeById(tx, box.id);
  if (cause === undefined || life === undefined) return;
  const at = now();
  await noteAsleep(tx, box.id, at);
  const route = box.wakes && gateway.isPublic ? routeTo(box, gateway) : undefined;
  const most = tiers[life.tier].idleMinutes;
  await notify(tx, {
    accountId: box.accountId,
    boxId: box.id,
    kind: 'stopped',
    event: `stopped:${job.id}`,
    reply: stoppedReply(
      life,
      {
        cause,
        homeUsedBytes,
        wakeLine: route && sshLine(route),
        mayIdleLonger: life.idleMinutes !== null && (most === null || life.idleMinutes < most),
      },
      at,
    ),
    line: stoppedLine(life, cause, at),
  });
}

/** A figure for people; a box without one stops all the same. */
async function homeUsed(context: JobContext, ref: LiveBoxRef): Promise<number | undefined> {
  try {
    return (await context.provider.measure(ref, context)).homeUsedBytes;
  } catch (error) {
    context.logger.debug({ box: ref.boxId, error }, 'The home of a stopped box could not be measured');
    return undefined;
  }
}
