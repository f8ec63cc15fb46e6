// list: the asker's boxes.
import type { Account } from '../accounts/account.ts';
import { stopsSoon } from '../boxes/planned-stop.ts';
import { STATE_SIGN } from '../boxes/states.ts';
import { bytesText, timeText } from '../boxes/text.ts';
import { liveBoxes } from '../store/boxes.ts';
import { command, say } from '../threads/reply.ts';
import { defineCommand } from './command.ts';

export const list = defineCommand({
  name: 'list',
  aliases: ['ls'],
  summary: 'your boxes',
  examples: ['list'],
  params: {},
  visibility: 'private',
  audience: 'account',
  readOnly: true,
  async run(context) {
    const account = context.account as Account;
    const boxes = await liveBoxes(context.tx, account.id);
    if (boxes.length === 0)
      return { kind: 'reply', reply: say('You have no boxes. To make one:', command('spinup mybox')) };
    const rows = boxes.map((box) => [
      `${STATE_SIGN[box.state]} ${box.name}`,
      stopsSoon(box, context.now, context.house.idle) ?? box.state,
      timeText(box.stateSince, context.now, account.timeZone),
      `${box.cpus} vCPU, ${box.memoryMiB / 1024} GiB`,
      box.homeUsedBytes === null
        ? `${box.homeGiB} GiB`
        : `${bytesText(Number(box.homeUsedBytes))} of ${box.homeGiB} GiB`,
    ]);
    return { kind: 'reply', reply: say({ kind: 'table', head: ['box', 'state', 'since', 'size', 'home'], rows }) };
  },
});
