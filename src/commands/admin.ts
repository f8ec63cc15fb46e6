// admin: what operators do from a door. `admin claim <code>` makes the asker one, with the code that the program printed when it had none.
import type { Account } from '../accounts/account.ts';
import { SUSPENDED_KEEP_DAYS, SUSPENSION_NOTICE_MINUTES } from '../accounts/suspension.ts';
import { describeSize, TIER_NAMES, type TierName } from '../boxes/sizes.ts';
import { timeText } from '../boxes/text.ts';
import { changeAccount, findSpeaker, suspendAccount } from '../store/accounts.ts';
import { useAdminCode } from '../store/admin-code.ts';
import { audit } from '../store/audit.ts';
import { liveBoxes } from '../store/boxes.ts';
import { tellHome } from '../store/threads.ts';
import { command, fail, misuse, say } from '../threads/reply.ts';
import { shown } from '../threads/shown.ts';
import { type CommandResult, defineCommand } from './command.ts';
import type { CommandContext } from './context.ts';
import { Refusal } from './refusal.ts';
import { identityText } from './whoami.ts';

export const admin = defineCommand({
  name: 'admin',
  aliases: [],
  summary: 'for operators: tiers, suspensions; or become one',
  details:
    '<who> is an identity as `whoami` prints it there, a mention where there are such, or the account id. `claim` takes the code that was printed at the start.',
  examples: [
    'admin claim 7k2m9qf4xa',
    'admin tier slack:T024BE7LD:U023BECGF pro',
    'admin suspend discord:80351110224678912',
  ],
  params: {
    action: { kind: 'choice', choices: ['claim', 'tier', 'suspend', 'resume'], required: true, about: 'what to do' },
    who: { kind: 'word', secret: { action: 'claim' }, required: true, about: 'whom it is about; for claim, the code' },
    tier: { kind: 'choice', choices: TIER_NAMES, about: 'the tier to give' },
  },
  visibility: 'private',
  audience: 'account',
  readOnly: false,
  async run(context, { action, who, tier }) {
    if (action === 'claim') return claim(context, who);
    if (context.account?.admin !== true)
      throw new Refusal(fail(`"admin ${action}" is for operators.`, command('help')));
    const found = await theOne(context, who);
    if (action === 'tier') return giveTier(context, found, tier);
    return suspend(context, found, action === 'suspend');
  },
});

async function claim({ account, tx, secrets }: CommandContext, code: string): Promise<CommandResult> {
  const { id, name } = account as Account;
  if (!(await useAdminCode(tx, secrets, code))) {
    return {
      kind: 'reply',
      reply: misuse(
        'That code is wrong or was used. `shellbox account admin <who> on` on the machine itself works too.',
      ),
    };
  }
  await changeAccount(tx, id, { admin: true });
  await audit(tx, { actor: id, action: 'admin.claimed', target: { account: id } });
  return { kind: 'reply', reply: say(`✓ ${name} is an operator now.`) };
}

/** `<@U1>`, `<@U1|ana>`, `<@!123>`: how Slack and Discord write a mention of the person with that id. */
const MENTION = /^<@!?([A-Z0-9]+)(?:\|[^<>]*)?>$/i;

async function theOne({ tx, speaker: { door, tenant } }: CommandContext, who: string): Promise<Account> {
  const mentioned = MENTION.exec(who)?.[1];
  const identity = mentioned === undefined ? who : identityText({ door, tenant, subject: mentioned });
  const found = await findSpeaker(tx, identity);
  if (found !== undefined) return found;
  throw new Refusal(
    misuse(
      `Nobody here is "${shown(who, LONGEST_SHOWN)}". Mention them, or ask them for the line that this prints:`,
      command('whoami'),
    ),
  );
}

const LONGEST_SHOWN = 80;

async function giveTier(
  { tx, account, house }: CommandContext,
  found: Account,
  tier: TierName | undefined,
): Promise<CommandResult> {
  if (tier === undefined) throw new Refusal(misuse(`Which tier? ${TIER_NAMES.join(', ')}.`));
  await changeAccount(tx, found.id, { tier });
  await audit(tx, { actor: account?.id ?? '', action: 'account.tier_set', target: { account: found.id, tier } });
  const { largestSize, boxes, idleMinutes } = house.tiers[tier];
  const rules = [
    describeSize(house.sizes[largestSize]),
    boxes === null ? 'any number of boxes' : `${boxes} ${boxes === 1 ? 'box' : 'boxes'}`,
    ...(idleMinutes === null ? ['no idle stop'] : []),
  ];
  return {
    kind: 'reply',
    reply: say(`✓ ${found.name}: ${found.tier} → ${tier}: ${rules.join(' · ')}. Boxes made before keep their size.`),
  };
}

async function suspend(context: CommandContext, found: Account, suspended: boolean): Promise<CommandResult> {
  const { tx, account } = context;
  if (found.id === account?.id) throw new Refusal(misuse('That is you, and you could not undo it.'));
  if (!(await suspendAccount(tx, found.id, suspended)))
    return { kind: 'reply', reply: say(`${found.name} is ${suspended ? '' : 'not '}suspended already.`) };
  const action = suspended ? 'account.suspended' : 'account.resumed';
  await audit(tx, { actor: account?.id ?? '', action, target: { account: found.id } });
  if (!suspended)
    return {
      kind: 'reply',
      reply: say(`✓ ${found.name} may use Shellbox again. Boxes that were stopped meanwhile are theirs to start.`),
    };
  const told = await announceStops(context, found);
  const boxes =
    told.length === 0
      ? 'None of their boxes runs'
      : `${told.join(', ')}: told, and stopped in ${SUSPENSION_NOTICE_MINUTES} minutes`;
  return {
    kind: 'reply',
    reply: say(
      `✓ ${found.name} is suspended: no command of theirs is done. ${boxes}. Boxes are kept.`,
      command(`admin resume ${found.id}`),
    ),
  };
}

/** Says in the thread of each box that should run that it will be stopped; their names. */
async function announceStops({ tx, now, wake }: CommandContext, owner: Account): Promise<string[]> {
  const boxes = (await liveBoxes(tx, owner.id)).filter(({ desired }) => desired === 'running');
  const stopAt = timeText(new Date(now.getTime() + SUSPENSION_NOTICE_MINUTES * 60_000), now, owner.timeZone);
  for (const box of boxes) {
    const reply = say(
      `${box.name} stops at ${stopAt}: an operator suspended ${owner.name}'s account. ` +
        `Its home is kept for at least ${SUSPENDED_KEEP_DAYS} days. Ask an operator.`,
    );
    const lane = await tellHome(tx, box, reply);
    if (lane !== undefined) wake({ lanes: [lane] });
  }
  return boxes.map(({ name }) => name);
}
