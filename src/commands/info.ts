// info: everything about one box.
import type { Account } from '../accounts/account.ts';
import { connectBlocks, routeTo } from '../boxes/card.ts';
import { describeSize } from '../boxes/sizes.ts';
import { boxLine, bytesText, timeText } from '../boxes/text.ts';
import type { Box } from '../store/boxes.ts';
import { type Job, lastJob } from '../store/jobs.ts';
import { jobsAhead, usualDuration } from '../store/waiting.ts';
import { type Block, command, duration, say, text } from '../threads/reply.ts';
import { aheadText, usualText } from '../threads/waiting.ts';
import { DOING } from './box-jobs.ts';
import { defineBoxView } from './box-view.ts';
import type { CommandContext } from './context.ts';

export const info = defineBoxView({
  name: 'info',
  aliases: ['status'],
  summary: 'everything about a box',
  async show(context, box) {
    const zone = (context.account as Account).timeZone;
    const at = (time: Date): string => timeText(time, context.now, zone);
    const facts = [
      ['size', `${box.size}: ${describeSize(box)}`],
      ['provider', box.provider],
      ['home used', box.homeUsedBytes === null ? 'not measured yet' : bytesText(Number(box.homeUsedBytes))],
      ['made', at(box.createdAt)],
      ['last used', box.lastUsedAt === null ? 'never through the SSH door' : at(box.lastUsedAt)],
    ];
    const blocks: Block[] = [text(`${boxLine(box)} since ${at(box.stateSince)}`)];
    if (box.state === 'error')
      blocks.push(text(box.errorText ?? 'The cause is in the log.'), command(`start ${box.name}`));
    const job = await lastJob(context.tx, box.id);
    if (job?.state === 'queued' || job?.state === 'running') blocks.push(text(await underWay(context, box, job)));
    blocks.push({ kind: 'table', head: [], rows: facts });
    if (box.state === 'stopped') blocks.push(command(`start ${box.name}`));
    const route = box.state === 'running' ? routeTo(box, context.house.gateway) : undefined;
    if (route !== undefined) blocks.push(...connectBlocks(route));
    return say(...blocks);
  },
});

/** `Waiting to be made: 2 ahead of yours, usually 38 s, slow days 55 s.`, `It is starting, for 12 s now.` */
async function underWay({ tx, now }: CommandContext, box: Box, job: Job): Promise<string> {
  const usual = await usualDuration(tx, job.kind, box.provider);
  const hint = usual === undefined ? '' : `, ${usualText(usual)}`;
  if (job.state === 'running') {
    const since = job.startedAt === null ? 0 : now.getTime() - job.startedAt.getTime();
    return `It is ${DOING[job.kind]}, for ${duration(Math.max(0, since))} now${hint}.`;
  }
  const ahead = await jobsAhead(tx, job.id);
  const verb = job.kind === 'spinup' ? 'be made' : job.kind;
  return ahead === undefined
    ? `Waiting to ${verb}: it is tried again soon${hint}.`
    : `Waiting to ${verb}: ${aheadText(ahead)}${hint}.`;
}
