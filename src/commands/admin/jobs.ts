// admin jobs: what is being done, or what failed for good.
import type { Account } from '../../accounts/account.ts';
import { timeText } from '../../boxes/text.ts';
import { overseenJobs } from '../../store/oversight.ts';
import { say } from '../../threads/reply.ts';
import { defineCommand } from '../command.ts';

const MOST_SHOWN = 30;

export const adminJobs = defineCommand({
  name: 'admin jobs',
  aliases: [],
  summary: 'jobs that wait or run, or that died',
  details: `At most ${MOST_SHOWN}. A dead one can be tried again by its id with \`admin retry\`.`,
  examples: ['admin jobs', 'admin jobs --dead'],
  params: { dead: { kind: 'switch', about: 'those that failed for good, the newest first' } },
  visibility: 'private',
  audience: 'admin',
  readOnly: true,
  async run({ tx, account, now }, { dead }) {
    const found = await overseenJobs(tx, dead ? 'dead' : 'live', MOST_SHOWN);
    if (found.length === 0) return { kind: 'reply', reply: say(dead ? 'No job died.' : 'No job waits or runs.') };
    const { timeZone } = account as Account;
    const rows = found.map((job) => [
      job.kind,
      `${job.owner}/${job.box}`,
      job.state,
      timeText(job.at, now, timeZone),
      String(job.tries),
      job.errorCode ?? '',
      job.id,
    ]);
    return {
      kind: 'reply',
      reply: say({ kind: 'table', head: ['job', 'box', 'state', 'since', 'tries', 'error', 'id'], rows }),
    };
  },
});
