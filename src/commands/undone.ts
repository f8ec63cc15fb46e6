// What is answered instead of a command whose transaction was undone: why it was refused, or that it failed and under which id.
import { messageForPeople, ShellboxError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Tx } from '../store/database.ts';
import { noteFailure } from '../store/failures.ts';
import { withFailure } from '../threads/failure.ts';
import { fail, type Reply } from '../threads/reply.ts';

/** `failed`: in a way nobody foresaw. */
export type Undone = { kind: 'refused'; reply: Reply } | { kind: 'failed'; error: unknown };

/** In the transaction that records the answer: a failure is written down with it, or not at all. */
export async function answerTo(tx: Tx, undone: Undone, command: { id: string }, logger: Logger): Promise<Reply> {
  if (undone.kind === 'refused') return undone.reply;
  const { error } = undone;
  const { code, remedy } = error instanceof ShellboxError ? error : { code: 'unforeseen', remedy: undefined };
  const failure = await noteFailure(tx, { kind: 'command', subject: command.id, code, remedy });
  logger.error({ command: command.id, failure, error }, 'A command failed in a way nobody foresaw');
  return withFailure(fail(messageForPeople(error)), failure);
}
