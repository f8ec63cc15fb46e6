// confirm: answers a question that a command asked, with the code that it gave out.
import type { Account } from '../accounts/account.ts';
import { useConfirmation } from '../store/confirmations.ts';
import { misuse } from '../threads/reply.ts';
import { type CommandResult, defineCommand } from './command.ts';
import type { CommandContext } from './context.ts';
import { destroyConfirmed } from './destroy.ts';

/** What each kind of question does once it is answered. */
const CONFIRMED: Readonly<Record<string, (context: CommandContext, target: unknown) => Promise<CommandResult>>> = {
  destroy: destroyConfirmed,
};

export const confirm = defineCommand({
  name: 'confirm',
  aliases: [],
  summary: 'answer a question, with the code it came with',
  examples: ['confirm 483112'],
  params: { code: { kind: 'word', required: true, about: 'the code' } },
  visibility: 'thread',
  audience: 'account',
  readOnly: false,
  async run(context, { code }) {
    const account = context.account as Account;
    const answered = await useConfirmation(context.tx, context.secrets, account.id, code, context.now);
    const act = answered && CONFIRMED[answered.action];
    // A reply, not a refusal: the wrong try has to be counted.
    if (answered === undefined || act === undefined) {
      return {
        kind: 'reply',
        reply: misuse('That code is wrong, used, or older than 10 minutes. Type the command again to get a new one.'),
      };
    }
    return act(context, answered.target);
  },
});
