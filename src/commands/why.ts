// why: why a box runs, stopped, or waits.
import type { Account } from '../accounts/account.ts';
import { expectedStop, type StopCause, stopHabit } from '../boxes/planned-stop.ts';
import { atWhen, boxLine, describeWhen } from '../boxes/text.ts';
import { payloadSchema } from '../queue/queues.ts';
import type { Box } from '../store/boxes.ts';
import { type Job, lastJob } from '../store/jobs.ts';
import { type LivingBox, lifeById } from '../store/lives.ts';
import { type Block, command, say, text } from '../threads/reply.ts';
import { defineBoxView } from './box-view.ts';
import type { CommandContext } from './context.ts';
import { failureBlocks } from './failure-blocks.ts';
import { isLive, underWay } from './under-way.ts';

export const why = defineBoxView({
  name: 'why',
  aliases: [],
  summary: 'why a box runs, stopped, or waits',
  async show(context, box) {
    const life = await lifeById(context.tx, box.id);
    const job = await lastJob(context.tx, box.id);
    const blocks: Block[] = [text(`${boxLine(box)} since ${told(context, box.stateSince)}`)];
    if (isLive(job)) blocks.push(text(await underWay(context, box, job)));
    if (box.state === 'running' && life !== undefined) blocks.push(...runningBlocks(context, life));
    if (box.state === 'stopped') blocks.push(...stoppedBlocks(context, box, life, job));
    if (box.state === 'error')
      blocks.push(
        text(box.errorText ?? 'The cause is in the log.'),
        command(`logs ${box.name}`),
        ...(await failureBlocks(context.tx, job)),
      );
    return say(...blocks);
  },
});

function told({ account, now }: CommandContext, at: Date): string {
  return describeWhen(at, now, (account as Account).timeZone);
}

function runningBlocks(context: CommandContext, life: LivingBox): Block[] {
  const since = life.activitySince === null ? '' : ` since ${told(context, life.activitySince)}`;
  const seen = {
    active: `active${since}: ${life.activityWhy ?? 'in use'}`,
    idle: `idle${since}: ${life.activityWhy ?? 'nothing goes on in it'}`,
    unknown: life.activitySince === null ? 'not looked at yet' : `not to be seen${since}: ${life.activityWhy ?? ''}`,
  }[life.activity];
  const stop = expectedStop(life, context.now, context.house.idle);
  if (stop !== undefined) {
    const when = atWhen(stop, context.now, (context.account as Account).timeZone);
    if (life.stopCause === 'lifetime')
      return [text(`It is ${seen}.`), text(`It stops ${when}, because no box may run longer at a stretch here.`)];
    return [text(`It is ${seen}.`), text(`It stops ${when}. To keep it longer:`), command(`extend ${life.name} 4h`)];
  }
  const kept =
    life.extendedUntil !== null && life.extendedUntil > context.now
      ? [text(`It is kept until ${told(context, life.extendedUntil)} in any case.`)]
      : [];
  return [text(`It is ${seen}.`), text(`${stopHabit(life.idleMinutes)}.`), ...kept];
}

const BECAUSE = {
  idle: 'it was idle',
  unknown: 'it could not be seen',
  lifetime: 'it had run for as long as a box may here',
} as const satisfies Record<StopCause, string>;

function stoppedBlocks(context: CommandContext, box: Box, life: LivingBox | undefined, job: Job | undefined): Block[] {
  const cause = box.sleptAt === null ? undefined : (life?.stopCause ?? undefined);
  const since =
    cause === 'idle' && life !== undefined && life.activitySince !== null
      ? ` since ${told(context, life.activitySince)}: ${life.activityWhy ?? ''}`
      : '';
  const reason = cause === undefined ? otherReason(job) : `It stopped by itself, because ${BECAUSE[cause]}${since}.`;
  return [text(reason), text('Its home is kept. To start it:'), command(`start ${box.name}`)];
}

function otherReason(job: Job | undefined): string {
  if (job?.kind === 'stop')
    return isTyped(job) ? 'You stopped it, or an operator did.' : 'Shellbox stopped it; its thread says why.';
  return job?.kind === 'destroy' ? 'It came back after it had been destroyed.' : 'Its host stopped it.';
}

function isTyped({ payload }: Job): boolean {
  return payloadSchema.safeParse(payload).data?.reason === 'command';
}
