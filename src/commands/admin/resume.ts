// admin resume: ends a suspension.
import { z } from 'zod';
import { accountById, suspendAccount } from '../../store/accounts.ts';
import { audit } from '../../store/audit.ts';
import { say } from '../../threads/reply.ts';
import { type CommandResult, defineCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { atOnceOrAsk } from './asking.ts';
import { gone, theOne, WHO } from './who.ts';

export const adminResume = defineCommand({
  name: 'admin resume',
  aliases: [],
  summary: 'end a suspension',
  examples: ['admin resume discord:80351110224678912'],
  params: { who: { kind: 'word', required: true, about: WHO } },
  visibility: 'private',
  audience: 'admin',
  readOnly: false,
  async run(context, { who }) {
    const { id, name } = await theOne(context, who);
    const target = { account: id };
    const what = `${name} may use Shellbox again.`;
    return atOnceOrAsk(context, { action: 'admin resume', target, what, label: `Let ${name} go on` }, () =>
      resume(context, target),
    );
  },
});

const targetSchema = z.object({ account: z.uuid() });

/** What `confirm` does with a code that was given out here. */
export async function resume({ tx, account, commandId }: CommandContext, target: unknown): Promise<CommandResult> {
  const found = (await accountById(tx, targetSchema.parse(target).account)) ?? gone();
  if (!(await suspendAccount(tx, found.id, false)))
    return { kind: 'reply', reply: say(`${found.name} is not suspended already.`) };
  await audit(tx, {
    actor: account?.id ?? '',
    action: 'account.resumed',
    target: { account: found.id, command: commandId },
  });
  return {
    kind: 'reply',
    reply: say(`✓ ${found.name} may use Shellbox again. Boxes that were stopped meanwhile are theirs to start.`),
  };
}
