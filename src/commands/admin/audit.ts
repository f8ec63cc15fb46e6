// admin audit: who did what lately, by ids.
import type { Account } from '../../accounts/account.ts';
import { minutesText, parseMinutes } from '../../boxes/duration.ts';
import { timeText } from '../../boxes/text.ts';
import { auditSince } from '../../store/oversight.ts';
import { misuse, say, text } from '../../threads/reply.ts';
import { shown } from '../../threads/shown.ts';
import { defineCommand } from '../command.ts';
import { Refusal } from '../refusal.ts';

/** Older rows than ten years there are none. */
const MOST_MINUTES = 10 * 366 * 24 * 60;
const MOST_SHOWN = 50;
const USUAL = '24h';

export const adminAudit = defineCommand({
  name: 'admin audit',
  aliases: [],
  summary: 'who did what lately',
  details: `The newest ${MOST_SHOWN} entries, by ids: an actor is an account, or the house itself. \`doctor\` verifies the chain of all of them.`,
  examples: ['admin audit', 'admin audit --since 7d'],
  params: { since: { kind: 'word', flag: true, about: `how long ago, such as 90m, 24h, 7d; without it ${USUAL}` } },
  visibility: 'private',
  audience: 'admin',
  readOnly: true,
  async run({ tx, account, now }, { since = USUAL }) {
    const minutes = parseMinutes(since);
    if (minutes === undefined || minutes === 0 || minutes > MOST_MINUTES)
      throw new Refusal(misuse(`"${shown(since)}" is not a length of time; write 90m, 24h or 7d.`));
    const found = await auditSince(tx, new Date(now.getTime() - minutes * 60_000), MOST_SHOWN + 1);
    if (found.length === 0) return { kind: 'reply', reply: say(`Nothing in the last ${minutesText(minutes)}.`) };
    const { timeZone } = account as Account;
    const rows = found
      .slice(0, MOST_SHOWN)
      .map((entry) => [timeText(entry.at, now, timeZone), entry.actor, entry.action, idsText(entry.target)]);
    return {
      kind: 'reply',
      reply: say(
        { kind: 'table', head: ['at', 'actor', 'action', 'about'], rows },
        ...(found.length > MOST_SHOWN ? [text(`There are more than these ${MOST_SHOWN}.`)] : []),
      ),
    };
  },
});

function idsText(target: Readonly<Record<string, string | number>>): string {
  return Object.entries(target)
    .map(([name, id]) => `${name} ${id}`)
    .join(', ');
}
