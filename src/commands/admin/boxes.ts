// admin boxes: boxes of everybody.
import type { Account } from '../../accounts/account.ts';
import { STATE_SIGN } from '../../boxes/states.ts';
import { timeText } from '../../boxes/text.ts';
import { overseenBoxes } from '../../store/oversight.ts';
import { say, text } from '../../threads/reply.ts';
import { defineCommand } from '../command.ts';
import { theOne, WHO } from './who.ts';

const MOST_SHOWN = 50;

export const adminBoxes = defineCommand({
  name: 'admin boxes',
  aliases: [],
  summary: 'boxes of everybody',
  details: `Those that have been as they are the longest come first, at most ${MOST_SHOWN}. The id can be given to \`admin stop\` and \`admin destroy\`.`,
  examples: ['admin boxes', 'admin boxes --idle', 'admin boxes --owner slack:T024BE7LD:U023BECGF'],
  params: {
    idle: { kind: 'switch', about: 'only running ones that nobody works on' },
    owner: { kind: 'word', flag: true, about: WHO },
  },
  visibility: 'private',
  audience: 'admin',
  readOnly: true,
  async run(context, { idle, owner }) {
    const { timeZone } = context.account as Account;
    const ownerId = owner === undefined ? undefined : (await theOne(context, owner)).id;
    const found = await overseenBoxes(context.tx, {
      ...(ownerId === undefined ? {} : { ownerId }),
      idle,
      limit: MOST_SHOWN + 1,
    });
    if (found.length === 0) return { kind: 'reply', reply: say(idle ? 'No box is idle.' : 'There are no boxes.') };
    const rows = found
      .slice(0, MOST_SHOWN)
      .map((box) => [
        `${STATE_SIGN[box.state]} ${box.owner}/${box.name}`,
        box.idleSince === null ? box.state : 'idle',
        timeText(box.idleSince ?? box.stateSince, context.now, timeZone),
        box.size,
        box.provider,
        box.id,
      ]);
    return {
      kind: 'reply',
      reply: say(
        { kind: 'table', head: ['box', 'state', 'since', 'size', 'provider', 'id'], rows },
        ...(found.length > MOST_SHOWN ? [text(`There are more than these ${MOST_SHOWN}.`)] : []),
      ),
    };
  },
});
