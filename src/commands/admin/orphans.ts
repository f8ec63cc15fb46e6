// admin orphans: instances at a provider that no box owns.
import type { Account } from '../../accounts/account.ts';
import { timeText } from '../../boxes/text.ts';
import { listOrphans } from '../../store/instances.ts';
import { say, text } from '../../threads/reply.ts';
import { defineCommand } from '../command.ts';

export const adminOrphans = defineCommand({
  name: 'admin orphans',
  aliases: [],
  summary: 'instances that no box owns',
  details:
    'They are removed by themselves after some looks, unless there are suspiciously many of them; then somebody has to look.',
  examples: ['admin orphans'],
  params: {},
  visibility: 'private',
  audience: 'admin',
  readOnly: true,
  async run({ tx, account, now }) {
    const found = await listOrphans(tx);
    if (found.length === 0) return { kind: 'reply', reply: say('Every instance belongs to a box.') };
    const { timeZone } = account as Account;
    const rows = found.map((one) => [
      one.provider,
      one.name,
      timeText(one.firstSeenAt, now, timeZone),
      String(one.looks),
    ]);
    return {
      kind: 'reply',
      reply: say(
        { kind: 'table', head: ['provider', 'instance', 'first seen', 'looks'], rows },
        text('They are removed by themselves; the log says so where they are too many for that.'),
      ),
    };
  },
});
