// link: one person, several doors. Lets an identity that has no account speak for one that exists, or asks to join two accounts.
import { parsePublicKey } from '../accounts/keys.ts';
import { accountById, addAccessKey, addIdentity, holdAccount, lockIdentity } from '../store/accounts.ts';
import { audit } from '../store/audit.ts';
import { CONFIRM_MINUTES } from '../store/confirmations.ts';
import {
  countWrongLinkCode,
  findLinkCode,
  giveLinkCode,
  type LinkCode,
  mayTryLinkCodes,
  useLinkCode,
} from '../store/links.ts';
import { command, fail, misuse, say } from '../threads/reply.ts';
import { type CommandResult, defineCommand } from './command.ts';
import type { CommandContext } from './context.ts';
import { askToJoin } from './join.ts';
import { ReadAgain, Refusal } from './refusal.ts';
import { identityText } from './whoami.ts';

export const link = defineCommand({
  name: 'link',
  aliases: [],
  summary: 'be the same person on another door',
  details:
    'Type it where you have the account that stays; then type the line it prints on the other door, or with the other key. If you have an account there too, it says what joining the two means, and asks.',
  examples: ['link', 'link 7k2m9qf4xa'],
  params: { code: { kind: 'word', about: 'the code that `link` printed elsewhere' } },
  visibility: 'private',
  audience: 'key',
  readOnly: false,
  joinsAccounts: true,
  run: (context, { code }) => (code === undefined ? give(context) : use(context, code)),
});

async function give({ account, speaker, tx, secrets, now, random }: CommandContext): Promise<CommandResult> {
  if (account === undefined) {
    return {
      kind: 'reply',
      reply: fail('You have no account here yet. Type `link` where you have one, and the code it prints here.'),
    };
  }
  if (account.suspendedAt !== undefined) throw new Refusal(fail('Your account is suspended. Ask an operator.'));
  if (!(await holdAccount(tx, account.id))) throw new ReadAgain();
  const code = await giveLinkCode(tx, secrets, { accountId: account.id, identity: identityText(speaker), now, random });
  return {
    kind: 'reply',
    reply: say(
      `Within ${CONFIRM_MINUTES} minutes, on the other door or with the other key; give the code to nobody:`,
      command(`link ${code}`),
    ),
  };
}

async function use(context: CommandContext, typed: string): Promise<CommandResult> {
  const { account, speaker, tx, secrets, now } = context;
  const identity = identityText(speaker);
  if (!(await mayTryLinkCodes(tx, secrets, identity, now)))
    throw new Refusal(
      fail(`Too many wrong codes. Wait ${CONFIRM_MINUTES} minutes, then type \`link\` on the other door again.`),
    );
  const code = await findLinkCode(tx, secrets, typed, now);
  if (code === undefined) {
    // A reply, not a refusal: the wrong try has to be counted.
    await countWrongLinkCode(tx, secrets, identity, now);
    return { kind: 'reply', reply: WRONG };
  }
  return account === undefined ? join(context, code) : askToJoin(context, account, code);
}

const WRONG = misuse(
  'That code is wrong, used, or older than 10 minutes. Type `link` again, where you have an account, to get a new one.',
);

/** The first words of somebody new: no account has to go. */
async function join({ speaker, tx, now }: CommandContext, code: LinkCode): Promise<CommandResult> {
  // Two that link the same key at one moment come one after the other, and the second finds the first's account.
  if ((await lockIdentity(tx, speaker)) !== undefined) throw new ReadAgain();
  const owner = await accountById(tx, code.accountId);
  if (owner === undefined || !(await holdAccount(tx, owner.id))) throw new ReadAgain();
  if (owner.suspendedAt !== undefined) throw new Refusal(fail('That account is suspended. Ask an operator.'));
  if (!(await useLinkCode(tx, code.id, now))) return { kind: 'reply', reply: WRONG };
  await addIdentity(tx, owner.id, speaker);
  const key = speaker.publicKey === undefined ? undefined : parsePublicKey(speaker.publicKey);
  if (key?.ok) await addAccessKey(tx, owner.id, key.key);
  await audit(tx, {
    actor: owner.id,
    action: 'identity.linked',
    target: { account: owner.id, door: speaker.door, subject: speaker.subject },
  });
  return {
    kind: 'reply',
    reply: say(`✓ ${identityText(speaker)} speaks for ${owner.name} (${code.identity}) now.`, command('list')),
  };
}
