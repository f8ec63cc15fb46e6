// info: everything about one box.
import type { Account } from '../accounts/account.ts';
import { connectBlocks, routeTo } from '../boxes/card.ts';
import { figureRows, usedText } from '../boxes/figures.ts';
import { expectedStop, stopHabit } from '../boxes/planned-stop.ts';
import { describeSize } from '../boxes/sizes.ts';
import { atWhen, boxLine, bytesText, timeText } from '../boxes/text.ts';
import { figuresSince, type Looked } from '../store/box-figures.ts';
import type { Box } from '../store/boxes.ts';
import { lastJob } from '../store/jobs.ts';
import { type Block, command, duration, say, text } from '../threads/reply.ts';
import { shown } from '../threads/shown.ts';
import { defineBoxView } from './box-view.ts';
import { failureBlocks } from './failure-blocks.ts';
import { isLive, underWay } from './under-way.ts';

/** A box is looked at once a minute. */
const FRESH_MS = 5 * 60_000;

export const info = defineBoxView({
  name: 'info',
  aliases: ['status'],
  summary: 'everything about a box',
  async show(context, box) {
    const zone = (context.account as Account).timeZone;
    const at = (time: Date): string => timeText(time, context.now, zone);
    const looked =
      box.state === 'running'
        ? await figuresSince(context.tx, box.id, new Date(context.now.getTime() - FRESH_MS))
        : undefined;
    const facts = [
      ['size', `${box.size}: ${describeSize(box)}`],
      ['provider', box.provider],
      ...(box.region === null ? [] : [['region', box.region]]),
      ...(box.image === null ? [] : [['image', box.image]]),
      ['home used', homeUsed(box, looked)],
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
    const inside = looked === undefined ? [] : figureRows(looked.figures, (command) => shown(command));
    blocks.push({ kind: 'table', head: [], rows: [...facts, ...inside] });
    if (looked !== undefined)
      blocks.push(text(`Looked at ${duration(context.now.getTime() - looked.at.getTime())} ago.`));
    if (box.state === 'stopped') blocks.push(command(`start ${box.name}`));
    if (box.state === 'error') blocks.push(...(await failureBlocks(context.tx, job)));
    const route = box.state === 'running' ? routeTo(box, context.house.gateway) : undefined;
    if (route !== undefined) blocks.push(...connectBlocks(route));
    return say(...blocks);
  },
});

/** As it was seen last; else as it was written down when it was measured for the books. */
function homeUsed({ homeUsedBytes }: Pick<Box, 'homeUsedBytes'>, looked: Looked | undefined): string {
  if (looked?.figures.home !== undefined) return usedText(looked.figures.home);
  return homeUsedBytes === null ? 'not measured yet' : bytesText(Number(homeUsedBytes));
}
