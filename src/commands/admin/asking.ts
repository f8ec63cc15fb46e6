// What operators are asked before something is done: what cannot be undone in every door, and anything that comes by mail.
import { askConfirmation, CONFIRM_MINUTES } from '../../store/confirmations.ts';
import { text } from '../../threads/reply.ts';
import type { CommandResult } from '../command.ts';
import type { CommandContext } from '../context.ts';

export interface Deed {
  /** A key of OPERATOR_QUESTIONS, which does it when it is confirmed. */
  action: string;
  /** Ids, never names: by then a name may stand for something else. */
  target: object;
  /** What would happen, a sentence or two. */
  what: string;
  /** Of the button, and as a question before it. */
  label: string;
}

/** Asks where a command may be somebody else's words, as in mail; does it at once where not. */
export async function atOnceOrAsk(
  context: CommandContext,
  deed: Deed,
  act: () => Promise<CommandResult>,
): Promise<CommandResult> {
  return context.door.yesConfirms ? act() : askOperator(context, deed);
}

export async function askOperator(context: CommandContext, deed: Deed): Promise<CommandResult> {
  const { tx, secrets, account, now, random } = context;
  const { action, target, what, label } = deed;
  const code = await askConfirmation(tx, secrets, { accountId: account?.id ?? '', action, target, now, random });
  return {
    kind: 'reply',
    reply: {
      outcome: 'failed',
      blocks: [
        text(`Nothing is done yet. ${what}`),
        { kind: 'confirm', question: `${label}?`, command: `confirm ${code}`, label },
        text(`That can be answered for ${CONFIRM_MINUTES} minutes.`),
      ],
    },
  };
}
