// admin why: the whole way of a failure, or of a command, job, box, delivery or message.
import type { Account } from '../../accounts/account.ts';
import { BOX_ID_PATTERN, lowerCase } from '../../boxes/names.ts';
import { audit } from '../../store/audit.ts';
import { trailOf } from '../../store/trail.ts';
import { readFailureId } from '../../threads/failure.ts';
import { command, misuse, say, text } from '../../threads/reply.ts';
import { shown } from '../../threads/shown.ts';
import { defineCommand } from '../command.ts';
import { Refusal } from '../refusal.ts';
import { trailBlocks } from './trail-blocks.ts';

export const adminWhy = defineCommand({
  name: 'admin why',
  aliases: [],
  summary: 'the whole way of a failure, command, job or box',
  details:
    'Every failure that people are shown ends with its id. The way is told by ids, times and outcomes, not by what was written; what a platform or engine said of it is in the log under the same ids.',
  examples: ['admin why 7K2M9QXB', 'admin why 01980c5e-7a1b-7c3d-9e4f-5a6b7c8d9e0f'],
  params: {
    id: {
      kind: 'word',
      required: true,
      about: 'a failure’s id, or the id of a job, command, box, delivery or message',
    },
  },
  visibility: 'private',
  audience: 'admin',
  readOnly: false,
  async run({ tx, account, now, commandId }, { id: typed }) {
    const { id: actor, timeZone } = account as Account;
    const uuid = lowerCase(typed);
    const failure = readFailureId(typed);
    const asked = BOX_ID_PATTERN.test(uuid) ? { id: uuid } : failure === undefined ? undefined : { failure };
    if (asked === undefined)
      throw new Refusal(
        misuse(
          `"${shown(typed)}" is no id. A failure’s id has eight letters and digits; those of jobs and boxes:`,
          command('admin jobs --dead'),
          command('admin boxes'),
        ),
      );
    const trail = await trailOf(tx, asked);
    if (trail === undefined)
      throw new Refusal(
        misuse(
          text(
            'failure' in asked
              ? `No failure ${asked.failure} is written down. Search the logs for it: what fails while the database is away is only there.`
              : 'Nothing here has that id. It may have been deleted, as everything is some time after it was over.',
          ),
        ),
      );
    await audit(tx, { actor, action: 'trail.read', target: { ...asked, command: commandId } });
    return { kind: 'reply', reply: say(...trailBlocks(trail, { now, timeZone })) };
  },
});
