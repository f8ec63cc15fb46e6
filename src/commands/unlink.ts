// unlink: takes one way of speaking away from one's account.
import { z } from 'zod';
import type { Account } from '../accounts/account.ts';
import { accessKeysOf, type Identity, identitiesOf, lockAccount, removeIdentity } from '../store/accounts.ts';
import { audit } from '../store/audit.ts';
import { askConfirmation, CONFIRM_MINUTES } from '../store/confirmations.ts';
import { voidLinkCodes } from '../store/links.ts';
import { type Block, command, fail, misuse, say, text } from '../threads/reply.ts';
import { shown } from '../threads/shown.ts';
import { type CommandResult, defineCommand } from './command.ts';
import type { CommandContext } from './context.ts';
import { Refusal } from './refusal.ts';
import { identityText } from './whoami.ts';

export const unlink = defineCommand({
  name: 'unlink',
  aliases: [],
  summary: 'let a door or key speak for you no more',
  details:
    'Without an argument it lists what there is to type. The last one stays, or nobody could reach the account. Boxes and keys stay too.',
  examples: ['unlink', 'unlink slack:T024BE7LD:U023BECGF'],
  params: { identity: { kind: 'word', about: 'as `whoami` prints it' } },
  visibility: 'private',
  audience: 'account',
  readOnly: false,
  async run(context, { identity: typed }) {
    const account = context.account as Account;
    // Two that take away one each must not both leave the other's as the last one.
    await lockAccount(context.tx, account.id);
    const identities = await identitiesOf(context.tx, account.id);
    if (typed === undefined) return list(context, identities);
    const found = identities.find((one) => identityText(one) === typed);
    if (found === undefined)
      throw new Refusal(
        misuse(`You are not known as "${shown(typed, LONGEST_SHOWN)}". All there is:`, command('unlink')),
      );
    refuseLast(identities);
    return identityText(found) === identityText(context.speaker)
      ? ask(context, account, found)
      : remove(context, account, found);
  },
});

const LONGEST_SHOWN = 80;

function list({ speaker }: CommandContext, identities: readonly Identity[]): CommandResult {
  const own = identityText(speaker);
  if (identities.length === 1)
    return {
      kind: 'reply',
      reply: say(`You are known as ${own} only, and that stays. To add another:`, command('link')),
    };
  const others = identities.map(identityText).filter((identity) => identity !== own);
  return {
    kind: 'reply',
    reply: say(
      `You are ${own} here, and also known as ${others.join(', ')}. To take one away:`,
      ...others.map((identity) => command(`unlink ${identity}`)),
    ),
  };
}

function refuseLast(identities: readonly Identity[]): void {
  if (identities.length > 1) return;
  throw new Refusal(
    fail(
      'That is the only way in which you are known; without it nobody could reach your boxes. Link another one first:',
      command('link'),
    ),
  );
}

/** Whoever takes away the one they speak through is told so before. */
async function ask(context: CommandContext, account: Account, identity: Identity): Promise<CommandResult> {
  const { tx, secrets, now, random } = context;
  const target = { identity: identity.id };
  const code = await askConfirmation(tx, secrets, { accountId: account.id, action: 'unlink', target, now, random });
  const name = identityText(identity);
  const blocks: Block[] = [
    text(
      `Nothing is unlinked yet. ${name} is what you speak with now: after it you reach ${account.name} through your other doors only.`,
    ),
    { kind: 'confirm', question: `Unlink ${name}?`, command: `confirm ${code}`, label: 'Unlink' },
    text(`That can be answered for ${CONFIRM_MINUTES} minutes.`),
  ];
  return { kind: 'reply', reply: { outcome: 'failed', blocks } };
}

const targetSchema = z.object({ identity: z.uuid() });

/** What `confirm` does with a code that was given out here. */
export async function unlinkConfirmed(context: CommandContext, target: unknown): Promise<CommandResult> {
  const account = context.account as Account;
  await lockAccount(context.tx, account.id);
  const identities = await identitiesOf(context.tx, account.id);
  const found = identities.find(({ id }) => id === targetSchema.parse(target).identity);
  if (found === undefined) throw new Refusal(misuse('That one is unlinked already.', command('whoami')));
  refuseLast(identities);
  return remove(context, account, found);
}

async function remove(context: CommandContext, account: Account, identity: Identity): Promise<CommandResult> {
  const { tx } = context;
  await removeIdentity(tx, account.id, identity.id);
  // Whoever has that identity may have asked for one a moment ago, to come back by.
  await voidLinkCodes(tx, account.id);
  const { door, tenant, subject } = identity;
  await audit(tx, {
    actor: account.id,
    action: 'identity.unlinked',
    target: { account: account.id, door, tenant, subject },
  });
  const listed = door === 'ssh' && (await accessKeysOf(tx, account.id)).some((key) => key.fingerprint === subject);
  const stillOpens: Block[] = listed
    ? [
        text('It is still one of your access keys and opens your boxes. To end that too:'),
        command(`keys remove ${subject}`),
      ]
    : [];
  return {
    kind: 'reply',
    private: true,
    reply: say(`✓ ${identityText(identity)} speaks for ${account.name} no more.`, ...stillOpens),
  };
}
