// snapshot list: the asker's snapshots.
import type { Account } from '../accounts/account.ts';
import { bytesText, timeText } from '../boxes/text.ts';
import { snapshotsOf } from '../store/snapshots.ts';
import { command, say } from '../threads/reply.ts';
import { defineCommand } from './command.ts';

export const snapshotList = defineCommand({
  name: 'snapshot list',
  aliases: ['snapshot ls'],
  summary: 'your snapshots',
  examples: ['snapshot list'],
  params: {},
  visibility: 'private',
  audience: 'account',
  readOnly: true,
  async run({ tx, account: asker, now }) {
    const account = asker as Account;
    const all = await snapshotsOf(tx, account.id);
    const newest = all.findLast(({ state }) => state === 'kept');
    if (all.length === 0)
      return {
        kind: 'reply',
        reply: say('You have no snapshots. To keep a home as it is:', command('snapshot create mybox')),
      };
    const rows = all.map(({ name, boxName, homeGiB, bytes, madeAt }) => [
      name,
      boxName,
      bytes === null ? `of ${homeGiB} GiB` : `${bytesText(Number(bytes))} of ${homeGiB} GiB`,
      madeAt === null ? 'being made' : timeText(madeAt, now, account.timeZone),
    ]);
    const next = newest === undefined ? [] : ['For a box with such a home:', command(`spinup --from ${newest.name}`)];
    return { kind: 'reply', reply: say({ kind: 'table', head: ['snapshot', 'of', 'size', 'when'], rows }, ...next) };
  },
});
