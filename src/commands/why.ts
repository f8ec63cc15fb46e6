// why: why a box runs, stopped, or waits.
import type { Account } from '../accounts/account.ts';
import { stopHabit } from '../boxes/planned-stop.ts';
import { boxLine, describeWhen } from '../boxes/text.ts';
import type { Box } from '../store/boxes.ts';
import { lastJob } from '../store/jobs.ts';
import { type LivingBox, lifeById } from '../store/lives.ts';
import { type Block, command, say, text } from '../threads/reply.ts';
import { defineBoxView } from './box-view.ts';
import { isLive, underWay } from './under-way.ts';

type Told = (at: Date) => string;

export const why = defineBoxView({
  name: 'why',
  aliases: [],
  summary: 'why a box runs, stopped, or waits',
  async show(context, box) {
    const { timeZone } = context.account as Account;
    const at: Told = (time) => describeWhen(time, context.now, timeZone);
    const life = await lifeById(context.tx, box.id);
    const job = await lastJob(context.tx, box.id);
    const blocks: Block[] = [text(`${boxLine(box)} since ${at(box.stateSince)}`)];
    if (isLive(job)) blocks.push(text(await underWay(context, box, job)));
    if (box.state === 'running' && life !== undefined) blocks.push(...runningBlocks(life, at));
    if (box.state === 'stopped') blocks.push(...stoppedBlocks(box, life, at));
    if (box.state === 'error')
      blocks.push(text(box.errorText ?? 'The cause is in the log.'), command(`logs ${box.name}`));
    return say(...blocks);
  },
});

function runningBlocks(life: LivingBox, at: Told): Block[] {
  const since = life.activitySince === null ? '' : ` since ${at(life.activitySince)}`;
  const seen = {
    active: `active${since}: ${life.activityWhy ?? 'in use'}`,
    idle: `idle${since}: ${life.activityWhy ?? 'nothing goes on in it'}`,
    unknown: life.activitySince === null ? 'not looked at yet' : `not to be seen${since}: ${life.activityWhy ?? ''}`,
  }[life.activity];
  const blocks = [text(`It is ${seen}.`)];
  if (life.stopAt === null) {
    blocks.push(text(`${stopHabit(life.idleMinutes)}.`));
    if (life.extendedUntil !== null) blocks.push(text(`It is kept until ${at(life.extendedUntil)} in any case.`));
    return blocks;
  }
  return [...blocks, text(`It stops at ${at(life.stopAt)}. To keep it longer:`), command(`extend ${life.name} 4h`)];
}

function stoppedBlocks(box: Box, life: LivingBox | undefined, at: Told): Block[] {
  const idle =
    life?.activitySince === null || life === undefined
      ? ''
      : ` since ${at(life.activitySince)}: ${life.activityWhy ?? ''}`;
  return [
    text(
      box.sleptAt === null
        ? 'Somebody stopped it, or its host did.'
        : `It stopped by itself, because it was idle${idle}.`,
    ),
    text('Its home is kept. To start it:'),
    command(`start ${box.name}`),
  ];
}
