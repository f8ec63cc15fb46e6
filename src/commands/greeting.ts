// What is said before an answer: to somebody new, and before work begins that takes a while.
import type { NewCommand } from '../store/answers.ts';
import type { Tx } from '../store/database.ts';
import { queueMessage } from '../store/threads.ts';
import { type Block, type Reply, say } from '../threads/reply.ts';

/** What is to be read before the work begins. */
export async function announce(tx: Tx, record: NewCommand, blocks: readonly Block[]): Promise<void> {
  if (blocks.length === 0) return;
  await queueMessage(tx, {
    threadId: record.threadId,
    ...(record.accountId === undefined ? {} : { accountId: record.accountId }),
    commandId: record.id,
    kind: 'notice',
    visibility: 'private',
    body: { kind: 'notice', reply: say(...blocks) },
  });
}

/** The greeting goes before an answer that is there at once. */
export function withGreeting(reply: Reply, greeting: readonly Block[]): Reply {
  return greeting.length === 0 ? reply : { ...reply, blocks: [...greeting, ...reply.blocks] };
}
