// info: everything about one box.
import type { Account } from '../accounts/account.ts';
import { connectBlocks, routeTo } from '../boxes/card.ts';
import { expectedStop, stopHabit } from '../boxes/planned-stop.ts';
import { describeSize } from '../boxes/sizes.ts';
import { atWhen, boxLine, bytesText, timeText } from '../boxes/text.ts';
import { lastJob } from '../store/jobs.ts';
import { type Block, command, say, text } from '../threads/reply.ts';
import { defineBoxView } from './box-view.ts';
import { failureBlocks } from './failure-blocks.ts';
import { isLive, underWay } from './under-way.ts';

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
    const job = await lastJob(context.tx, box.id);
    if (box.state === 'error')
      blocks.push(text(box.errorText ?? 'The cause is in the log.'), command(`start ${box.name}`));
    if (isLive(job)) blocks.push(text(await underWay(context, box, job)));
    const stop = expectedStop(box, context.now, context.house.idle);
    if (box.state === 'running')
      blocks.push(
        text(stop === undefined ? `${stopHabit(box.idleMinutes)}.` : `Stops ${atWhen(stop, context.now, zone)}.`),
      );
    blocks.push({ kind: 'table', head: [], rows: facts });
    if (box.state === 'stopped') blocks.push(command(`start ${box.name}`));
    if (box.state === 'error') blocks.push(...(await failureBlocks(context.tx, job)));
    const route = box.state === 'running' ? routeTo(box, context.house.gateway) : undefined;
    if (route !== undefined) blocks.push(...connectBlocks(route));
    return say(...blocks);
  },
});
