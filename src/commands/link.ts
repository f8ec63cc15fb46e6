// link: lets a key that has no account speak for an account that exists.
import { parsePublicKey } from '../accounts/keys.ts';
import { accountById, addAccessKey, addIdentity, lockIdentity } from '../store/accounts.ts';
import { audit } from '../store/audit.ts';
import { CONFIRM_MINUTES } from '../store/confirmations.ts';
import { giveLinkCode, useLinkCode } from '../store/links.ts';
import { command, fail, misuse, say } from '../threads/reply.ts';
import { type CommandResult, defineCommand } from './command.ts';
import type { CommandContext } from './context.ts';
import { ReadAgain } from './refusal.ts';

export const link = defineCommand({
  name: 'link',
  aliases: [],
  summary: 'let another key speak for you',
  details:
    'Type it where you have an account; then type the line it prints from the other machine, with the other key.',
  examples: ['link', 'link 7k2m9qf4xa'],
  params: { code: { kind: 'word', about: 'the code that `link` printed elsewhere' } },
  visibility: 'private',
  audience: 'key',
  readOnly: false,
  run: (context, { code }) => (code === undefined ? give(context) : use(context, code)),
});

async function give({ account, tx, secrets, now, random }: CommandContext): Promise<CommandResult> {
  if (account === undefined) {
    return {
      kind: 'reply',
      reply: fail('You have no account here yet. Type `link` where you have one, and the code it prints here.'),
    };
  }
  const code = await giveLinkCode(tx, secrets, { accountId: account.id, now, random });
  return {
    kind: 'reply',
    reply: say(`Within ${CONFIRM_MINUTES} minutes, from the other machine:`, command(`link ${code}`)),
  };
}

async function use({ account, speaker, tx, secrets, now }: CommandContext, code: string): Promise<CommandResult> {
  if (account !== undefined) {
    return {
      kind: 'reply',
      reply: fail(`${speaker.subject} speaks for ${account.name} already, and two accounts cannot be joined.`),
    };
  }
  // Two that link the same key at one moment come one after the other, and the second finds the first's account.
  if ((await lockIdentity(tx, speaker)) !== undefined) throw new ReadAgain();
  const accountId = await useLinkCode(tx, secrets, code, now);
  const owner = accountId && (await accountById(tx, accountId));
  if (!owner)
    return {
      kind: 'reply',
      reply: misuse('That code is wrong, used, or older than 10 minutes. Type `link` again to get a new one.'),
    };
  await addIdentity(tx, owner.id, speaker);
  const key = speaker.publicKey === undefined ? undefined : parsePublicKey(speaker.publicKey);
  if (key?.ok) await addAccessKey(tx, owner.id, key.key);
  await audit(tx, {
    actor: owner.id,
    action: 'identity.linked',
    target: { account: owner.id, door: speaker.door, subject: speaker.subject },
  });
  return { kind: 'reply', reply: say(`✓ ${speaker.subject} speaks for ${owner.name} now.`, command('list')) };
}
