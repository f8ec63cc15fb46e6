// admin orphans: instances at a provider that no box owns, and what is to become of those that nobody here asked for.
import { z } from 'zod';
import type { Account } from '../../accounts/account.ts';
import { timeText } from '../../boxes/text.ts';
import { audit } from '../../store/audit.ts';
import { askOrphansGone, listOrphans, type OrphanSeen } from '../../store/instances.ts';
import { type Block, command, misuse, say, text } from '../../threads/reply.ts';
import { shown } from '../../threads/shown.ts';
import { type CommandResult, defineCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { Refusal } from '../refusal.ts';
import { askOperator } from './asking.ts';

const MOST_NAMED = 20;
const ALL = 'all';

export const adminOrphans = defineCommand({
  name: 'admin orphans',
  aliases: [],
  summary: 'instances that no box owns',
  details:
    'Those that were made for a box of this database are removed by themselves after some looks, unless they are suspiciously many. Others were asked for over another database, so they stay until you say `--remove`. Of a removed one the home stays at the provider.',
  examples: [
    'admin orphans',
    'admin orphans --remove sb-k3xq7t2a-06cz1h8m9n2k4p6r8s0t2v4x6y-1',
    'admin orphans --remove all',
  ],
  params: { remove: { kind: 'word', flag: true, about: 'one of them by its name, or all; asks first' } },
  visibility: 'private',
  audience: 'admin',
  readOnly: false,
  async run(context, { remove }) {
    const { tx, account, now } = context;
    const found = await listOrphans(tx);
    if (remove !== undefined) return ask(context, found, remove);
    if (found.length === 0) return { kind: 'reply', reply: say('Every instance belongs to a box.') };
    const { timeZone } = account as Account;
    const rows = found.map((one) => [
      one.provider,
      one.name,
      fate(one),
      timeText(one.firstSeenAt, now, timeZone),
      String(one.looks),
    ]);
    const isStuck = found.some((one) => !one.isKnown && !one.removalAsked);
    return {
      kind: 'reply',
      reply: say(
        { kind: 'table', head: ['provider', 'instance', 'is', 'first seen', 'looks'], rows },
        ...(isStuck
          ? strangers()
          : [text('They are removed by themselves; the log says so where they are too many for that.')]),
      ),
    };
  },
});

function fate({ isKnown, removalAsked }: OrphanSeen): string {
  if (removalAsked) return 'being removed';
  return isKnown ? 'left over' : 'unknown';
}

function strangers(): Block[] {
  return [
    text(
      'Unknown ones carry the id of this installation, but this database never asked for them; they stay. Once you have looked at them:',
    ),
    command('admin orphans --remove <instance>'),
  ];
}

async function ask(context: CommandContext, found: readonly OrphanSeen[], typed: string): Promise<CommandResult> {
  const names = found.map(({ name }) => name).filter((name) => typed === ALL || name === typed);
  if (names.length === 0)
    throw new Refusal(
      misuse(`No orphan is meant by "${shown(typed)}". Those that there are:`, command('admin orphans')),
    );
  const named = names.slice(0, MOST_NAMED).join(', ');
  const rest = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return askOperator(context, {
    action: 'admin orphans',
    target: { names },
    what: `${named}${rest} will be removed with all that is in ${names.length === 1 ? 'it' : 'them'}, except homes.`,
    label: names.length === 1 ? 'Remove it' : `Remove ${names.length} instances`,
  });
}

const targetSchema = z.object({ names: z.array(z.string()) });

/** What `confirm` does with a code that was given out here. */
export async function removeOrphans(
  { tx, account, commandId }: CommandContext,
  target: unknown,
): Promise<CommandResult> {
  const gone = await askOrphansGone(tx, targetSchema.parse(target).names);
  if (gone.length === 0) throw new Refusal(misuse('None of them is there any more.'));
  await audit(tx, {
    actor: account?.id ?? '',
    action: 'orphans.removal_asked',
    target: { count: gone.length, command: commandId },
  });
  return {
    kind: 'reply',
    reply: say('✓ They are removed with the next look of a worker, within a minute:', command('admin orphans')),
  };
}
