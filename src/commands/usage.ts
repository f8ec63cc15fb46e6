// usage: how long the asker's boxes ran in a month, by box, size and provider.
import type { Account } from '../accounts/account.ts';
import { type Month, monthOf } from '../boxes/month.ts';
import { usageByBox } from '../store/usage.ts';
import { misuse, say, text } from '../threads/reply.ts';
import { shown } from '../threads/shown.ts';
import { defineCommand, type Param } from './command.ts';
import type { CommandContext } from './context.ts';
import { csvBlock } from './csv.ts';
import { Refusal } from './refusal.ts';

export const usage = defineCommand({
  name: 'usage',
  aliases: [],
  summary: 'how long your boxes ran',
  details:
    'In this month or another one, of your time zone. A box that runs counts until now; a stopped one does not count.',
  examples: ['usage', 'usage --month 2026-11', 'usage --csv'],
  params: monthParams(),
  visibility: 'private',
  audience: 'account',
  readOnly: true,
  async run(context, { month: name, csv }) {
    const account = context.account as Account;
    const month = readMonth(context, name);
    const boxes = await usageByBox(context.tx, account.id, { ...month, now: context.now });
    if (csv) {
      const rows = boxes.map((box) => [month.name, box.name, box.boxId, box.provider, box.size, hours(box.seconds)]);
      return { kind: 'reply', reply: say(csvBlock(['month', 'box', 'box_id', 'provider', 'size', 'hours'], rows)) };
    }
    if (boxes.length === 0) return { kind: 'reply', reply: say(`No box of yours ran in ${month.name}.`) };
    const rows = boxes.map((box) => [box.name, box.size, box.provider, hoursText(box.seconds)]);
    const total = boxes.reduce((sum, box) => sum + box.seconds, 0);
    return {
      kind: 'reply',
      reply: say(text(`${month.name}, in ${account.timeZone}: ${hoursText(total)} h`), {
        kind: 'table',
        head: ['box', 'size', 'provider', 'hours'],
        rows,
      }),
    };
  },
});

/** Of every command about a month. */
export function monthParams() {
  return {
    month: { kind: 'word', flag: true, about: 'such as 2026-11; without it, this one' },
    csv: { kind: 'switch', about: 'for a spreadsheet' },
  } as const satisfies Record<string, Param>;
}

/** The month that was named, in the asker's time zone. */
export function readMonth({ account, now }: CommandContext, name: string | undefined): Month {
  const month = monthOf(name, now, (account as Account).timeZone);
  if (month !== undefined) return month;
  throw new Refusal(misuse(`"${shown(name ?? '')}" is not a month; write it as in 2026-11.`));
}

/** To the second decimal, for spreadsheets. */
export function hours(seconds: number): number {
  return Math.round(seconds / 36) / 100;
}

export function hoursText(seconds: number): string {
  return (seconds / 3600).toFixed(1);
}
