// admin tier: gives somebody a tier. Nothing of theirs is stopped; their boxes keep their size and follow the tier's idle time.
import { z } from 'zod';
import { TIER_NAMES } from '../../boxes/sizes.ts';
import { accountById } from '../../store/accounts.ts';
import { audit } from '../../store/audit.ts';
import { say } from '../../threads/reply.ts';
import { changeTier, tierText } from '../change-tier.ts';
import { type CommandResult, defineCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { atOnceOrAsk } from './asking.ts';
import { gone, theOne, WHO } from './who.ts';

export const adminTier = defineCommand({
  name: 'admin tier',
  aliases: [],
  summary: 'give somebody a tier',
  details:
    'Nothing of theirs is stopped, also where a lower tier allows less than they have; new boxes are refused then.',
  examples: ['admin tier slack:T024BE7LD:U023BECGF pro'],
  params: {
    who: { kind: 'word', required: true, about: WHO },
    tier: { kind: 'choice', choices: TIER_NAMES, required: true, about: 'the tier to give' },
  },
  visibility: 'private',
  audience: 'admin',
  readOnly: false,
  async run(context, { who, tier }) {
    const { id, name, tier: before } = await theOne(context, who);
    const target = { account: id, tier };
    const what = `${name} is ${before} and becomes ${tier}.`;
    return atOnceOrAsk(context, { action: 'admin tier', target, what, label: `Make ${name} ${tier}` }, () =>
      giveTier(context, target),
    );
  },
});

const targetSchema = z.object({ account: z.uuid(), tier: z.enum(TIER_NAMES) });

/** What `confirm` does with a code that was given out here. */
export async function giveTier(context: CommandContext, target: unknown): Promise<CommandResult> {
  const { tx, account, house, commandId, wake } = context;
  const { account: id, tier } = targetSchema.parse(target);
  const found = (await accountById(tx, id)) ?? gone();
  if (found.tier === tier) return { kind: 'reply', reply: say(`${found.name} is ${tier} already.`) };
  await audit(tx, {
    actor: account?.id ?? '',
    action: 'account.tier_set',
    target: { account: found.id, tier, command: commandId },
  });
  const isOwn = found.id === account?.id;
  await changeTier(tx, house, found, { tier, event: isOwn ? undefined : `tier:${commandId}` });
  if (!isOwn) wake({ told: found.id });
  return {
    kind: 'reply',
    reply: say(
      `✓ ${found.name}: ${found.tier} → ${tier}: ${tierText(house, tier)}. Boxes made before keep their size.`,
    ),
  };
}
