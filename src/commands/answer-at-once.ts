// Answers a read-only command without locks: it reads, and its answer is written together with the answers of others.
import type { Logger } from '../log.ts';
import { accountsOf } from '../store/accounts.ts';
import { type Answered, recordAnswers } from '../store/answers.ts';
import type { Database } from '../store/database.ts';
import type { Delivery } from '../store/deliveries.ts';
import { newId } from '../store/ids.ts';
import { together } from '../store/together.ts';
import type { Speaker } from '../threads/arrival.ts';
import type { Reply } from '../threads/reply.ts';
import { admitAccount, inTheirZone } from './admit.ts';
import type { Command } from './command.ts';
import type { CommandContext, House } from './context.ts';
import { fillInBox } from './fill-in.ts';
import { parse } from './parse.ts';
import { Refusal } from './refusal.ts';

export interface AnswererOptions {
  db: Database;
  house: House;
  commands: readonly Command[];
  /** Told whose identity spoke. */
  learn: (speaker: Speaker, accountId: string) => void;
  logger: Logger;
  /** The context of a command that reads from the pool. */
  contextFor: (delivery: Delivery, account: CommandContext['account'], commandId: string) => CommandContext;
}

const AT_ONCE = 100;

/**
 * Resolves with true when the delivery was one read-only command of somebody with an account, and is answered; with false when it
 * has to go the ordinary way. Of two processes that answer the same delivery one wins, and the other writes nothing.
 */
export function createAnswerer(options: AnswererOptions): (delivery: Delivery) => Promise<boolean> {
  const { db, house, commands, logger } = options;
  const accountOf = together((speakers: readonly Speaker[]) => accountsOf(db.tx, speakers), AT_ONCE);
  const record = together<Answered, void>(async (answers) => {
    await recordAnswers(db.tx, answers);
    return [];
  }, AT_ONCE);

  return async (delivery) => {
    const { refusal: tooMuch, speaker } = delivery;
    if (tooMuch !== null && !delivery.whole) {
      // With whose it is: a flood's answers take one turn with each other, and what cannot be brought is shown later.
      const asker = { accountId: (await accountOf(speaker))?.id, verb: '', visibility: 'private' } as const;
      const refused = { ...commandOf(delivery), ...asker };
      await record({ command: refused, reply: tooMuch });
      logger.info({ command: refused.id, outcome: tooMuch.outcome }, 'A command was not taken in: too much at once');
      return true;
    }
    const parsed = delivery.whole || delivery.text.includes('\n') ? undefined : parse(delivery.text, commands);
    if (parsed?.kind !== 'command' || !parsed.command.readOnly) return false;
    const { command, args } = parsed;
    const known = await accountOf(delivery.speaker);
    if (known === undefined) return false;
    options.learn(delivery.speaker, known.id);
    const inZone = await inTheirZone(db.tx, known, delivery.speaker);
    const { account, refusal } = admitAccount(inZone, delivery.speaker, command, house);
    const row = commandOf(delivery);
    const reply = refusal ?? (await answer(options.contextFor(delivery, account, row.id), delivery, command, args));
    if (reply === undefined) return false;
    const visibility = reply.outcome === 'done' ? command.visibility : 'private';
    await record({ command: { ...row, accountId: known.id, verb: command.name, visibility }, reply });
    logger.info({ command: row.id, verb: command.name, outcome: reply.outcome }, 'A command was answered at once');
    return true;
  };
}

const commandOf = ({ id, thread }: Delivery) => ({ id: newId(), deliveryId: id, ordinal: 0, threadId: thread.id });

async function answer(
  context: CommandContext,
  delivery: Delivery,
  command: Command,
  args: Parameters<typeof fillInBox>[3],
): Promise<Reply | undefined> {
  try {
    const filled = await fillInBox(context, delivery, command, args);
    // The grammar has checked every argument against the declaration that `run` is typed by.
    const result = filled.kind === 'reply' ? filled : await command.run(context, filled.args as never);
    return result.kind === 'reply' ? result.reply : undefined;
  } catch (error) {
    if (error instanceof Refusal) return error.reply;
    throw error;
  }
}
