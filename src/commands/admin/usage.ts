// admin usage: how long the boxes of each account ran in a month.
import type { Account } from '../../accounts/account.ts';
import { usageByAccount } from '../../store/usage.ts';
import { say, text } from '../../threads/reply.ts';
import { defineCommand } from '../command.ts';
import { csvBlock } from '../csv.ts';
import { hours, hoursText, monthParams, readMonth } from '../usage.ts';

const MOST_SHOWN = 50;

export const adminUsage = defineCommand({
  name: 'admin usage',
  aliases: [],
  summary: 'how long the boxes of each account ran',
  details: `In this month or another one, of your time zone, by size and provider. The list shows the ${MOST_SHOWN} longest; for a spreadsheet there are all.`,
  examples: ['admin usage', 'admin usage --month 2026-11 --csv'],
  params: monthParams(),
  visibility: 'private',
  audience: 'admin',
  readOnly: true,
  async run(context, { month: name, csv }) {
    const month = readMonth(context, name);
    const found = await usageByAccount(context.tx, { ...month, now: context.now });
    if (csv) {
      const rows = found.map((one) => [
        month.name,
        one.accountId,
        one.name,
        one.provider,
        one.size,
        one.boxes,
        hours(one.seconds),
      ]);
      const head = ['month', 'account_id', 'account', 'provider', 'size', 'boxes', 'hours'];
      return { kind: 'reply', reply: say(csvBlock(head, rows)) };
    }
    if (found.length === 0) return { kind: 'reply', reply: say(`No box ran in ${month.name}.`) };
    const rows = found
      .slice(0, MOST_SHOWN)
      .map((one) => [one.name, one.size, one.provider, String(one.boxes), hoursText(one.seconds)]);
    const total = found.reduce((sum, { seconds }) => sum + seconds, 0);
    return {
      kind: 'reply',
      reply: say(
        text(`${month.name}, in ${(context.account as Account).timeZone}: ${hoursText(total)} h`),
        { kind: 'table', head: ['account', 'size', 'provider', 'boxes', 'hours'], rows },
        ...(found.length > MOST_SHOWN ? [text(`There are more than these ${MOST_SHOWN}.`)] : []),
      ),
    };
  },
});
