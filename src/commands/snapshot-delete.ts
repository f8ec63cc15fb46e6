// snapshot delete: removes a snapshot for good, after a confirmation.
import { z } from 'zod';
import type { Account } from '../accounts/account.ts';
import { bytesText } from '../boxes/text.ts';
import { lockAccount } from '../store/accounts.ts';
import { audit } from '../store/audit.ts';
import { askConfirmation, CONFIRM_MINUTES } from '../store/confirmations.ts';
import { boxesMadeOf, removeSnapshot, snapshotName } from '../store/snapshots.ts';
import { type Block, command, fail, misuse, say, text } from '../threads/reply.ts';
import { type CommandResult, defineCommand } from './command.ts';
import type { CommandContext } from './context.ts';
import { type KeptSnapshot, snapshotByName } from './own-snapshots.ts';
import { refuseInQuarantine } from './quarantined.ts';
import { Refusal } from './refusal.ts';

export const snapshotDelete = defineCommand({
  name: 'snapshot delete',
  aliases: ['snapshot rm'],
  summary: 'remove a snapshot for good',
  details: 'Asks first. Boxes that were made of it keep their homes.',
  examples: ['snapshot delete before-upgrade', 'snapshot delete before-upgrade --yes'],
  params: {
    name: { kind: 'newName', required: true, about: 'its name' },
    yes: { kind: 'switch', about: 'do not ask' },
  },
  visibility: 'private',
  audience: 'account',
  readOnly: false,
  async run(context, { name, yes }) {
    const account = context.account as Account;
    await lockAccount(context.tx, account.id);
    const snapshot = await snapshotByName(context, account, name);
    await refuseInQuarantine(context.tx, `Snapshot ${name} was not deleted`);
    if (yes && context.door.yesConfirms) return remove(context, account, snapshot.id);
    return ask(context, snapshot);
  },
});

async function ask(context: CommandContext, snapshot: KeptSnapshot): Promise<CommandResult> {
  const { tx, secrets, now, random, door, interactive } = context;
  const { id, accountId, name, boxName, bytes } = snapshot;
  const code = await askConfirmation(tx, secrets, {
    accountId,
    action: 'snapshot delete',
    target: { snapshot: id },
    now,
    random,
  });
  const size = bytes === null ? '' : ` (${bytesText(Number(bytes))})`;
  const blocks: Block[] = [
    text(`Nothing is deleted yet. Snapshot ${name} of ${boxName}${size} will be removed for good.`),
    { kind: 'confirm', question: `Delete snapshot ${name}?`, command: `confirm ${code}`, label: `Delete ${name}` },
    text(`That can be answered for ${CONFIRM_MINUTES} minutes.`),
  ];
  if (door.yesConfirms && !interactive)
    blocks.push(text('Or, without a question:'), command(`snapshot delete ${name} --yes`));
  return { kind: 'reply', reply: { outcome: 'failed', blocks } };
}

const targetSchema = z.object({ snapshot: z.uuid() });

/** What `confirm` does with a code that was given out here. */
export async function snapshotDeleteConfirmed(context: CommandContext, target: unknown): Promise<CommandResult> {
  const account = context.account as Account;
  await lockAccount(context.tx, account.id);
  return remove(context, account, targetSchema.parse(target).snapshot);
}

/** The caller has locked the account, so that no box is begun of it meanwhile. */
async function remove(
  { tx, commandId }: CommandContext,
  { id: accountId }: Account,
  id: string,
): Promise<CommandResult> {
  const [box] = await boxesMadeOf(tx, id);
  if (box !== undefined)
    throw new Refusal(fail(`${box} is being made of it; it was not deleted. How far it is:`, command(`logs ${box}`)));
  const name = await snapshotName(tx, id);
  if (!(await removeSnapshot(tx, accountId, id)))
    throw new Refusal(misuse('That snapshot is gone already.', command('snapshot list')));
  await audit(tx, { actor: accountId, action: 'snapshot.deleted', target: { snapshot: id, command: commandId } });
  return { kind: 'reply', reply: say(`✓ Snapshot ${name} is deleted.`) };
}
