// confirm: answers a question that a command asked, with the code that it gave out.
import type { Account } from '../accounts/account.ts';
import { holdAccount } from '../store/accounts.ts';
import { findConfirmation, useConfirmation } from '../store/confirmations.ts';
import { misuse } from '../threads/reply.ts';
import { OPERATOR_QUESTIONS } from './admin/questions.ts';
import { type CommandResult, defineCommand } from './command.ts';
import type { CommandContext } from './context.ts';
import { destroyConfirmed } from './destroy.ts';
import { holdForJoin, joinConfirmed } from './join.ts';
import { keysConfirmed } from './keys.ts';
import { ReadAgain } from './refusal.ts';
import { snapshotDeleteConfirmed } from './snapshot-delete.ts';
import { spinupConfirmed } from './spinup.ts';
import { unlinkConfirmed } from './unlink.ts';

interface Question {
  /** Locks what `act` needs before the code is used up; the asker's own account where it is not given. */
  hold?: (context: CommandContext, target: unknown) => Promise<void>;
  act: (context: CommandContext, target: unknown) => Promise<CommandResult>;
}

/** What each kind of question does once it is answered. */
const QUESTIONS: Readonly<Record<string, Question>> = {
  destroy: { act: destroyConfirmed },
  join: { hold: holdForJoin, act: joinConfirmed },
  keys: { act: keysConfirmed },
  spinup: { act: spinupConfirmed },
  'snapshot delete': { act: snapshotDeleteConfirmed },
  unlink: { act: unlinkConfirmed },
  ...OPERATOR_QUESTIONS,
};

export const confirm = defineCommand({
  name: 'confirm',
  aliases: [],
  summary: 'answer a question, with the code it came with',
  examples: ['confirm 483112'],
  params: { code: { kind: 'word', secret: true, required: true, about: 'the code' } },
  visibility: 'thread',
  audience: 'account',
  readOnly: false,
  joinsAccounts: true,
  async run(context, { code }) {
    const { tx, secrets, now } = context;
    const account = context.account as Account;
    // Accounts are locked before questions, so what is asked has to be known first.
    const asked = await findConfirmation(tx, secrets, account.id, code, now);
    const question = asked && QUESTIONS[asked.action];
    await (question?.hold ?? holdOwn)(context, asked?.target);
    const answered = await useConfirmation(tx, secrets, account.id, code, now);
    // A reply, not a refusal: the wrong try has to be counted.
    if (answered === undefined || question === undefined) {
      return {
        kind: 'reply',
        reply: misuse('That code is wrong, used, or older than 10 minutes. Type the command again to get a new one.'),
      };
    }
    return question.act(context, answered.target);
  },
});

async function holdOwn({ tx, account }: CommandContext): Promise<void> {
  if (account === undefined || !(await holdAccount(tx, account.id))) throw new ReadAgain();
}
