// Fills in the box's name where it may be left out: in the thread that is the box's home.
import { boxById, liveBoxes } from '../store/boxes.ts';
import type { Thread } from '../store/threads.ts';
import { type Block, misuse, type Reply, command as type } from '../threads/reply.ts';
import type { Command } from './command.ts';
import type { CommandContext } from './context.ts';

type Args = Readonly<Record<string, string | number | boolean | undefined>>;

export async function fillInBox(
  context: CommandContext,
  thread: Thread,
  command: Command,
  args: Args,
): Promise<{ kind: 'args'; args: Args } | { kind: 'reply'; reply: Reply }> {
  const name = Object.keys(command.params).find((key) => command.params[key]?.kind === 'box');
  if (name === undefined || args[name] !== undefined) return { kind: 'args', args };
  const home = thread.boxId === null ? undefined : await boxById(context.tx, thread.boxId);
  if (home !== undefined && home.accountId === context.account?.id && home.state !== 'destroyed') {
    return { kind: 'args', args: { ...args, [name]: home.name } };
  }
  return { kind: 'reply', reply: await whichBox(context, command) };
}

async function whichBox(context: CommandContext, command: Command): Promise<Reply> {
  const boxes = context.account === undefined ? [] : await liveBoxes(context.tx, context.account.id);
  if (boxes.length === 0) return misuse('You have no boxes yet. To make one:', type('spinup mybox'));
  const lines: Block[] = boxes.slice(0, 5).map((box) => type(`${command.name} ${box.name}`));
  return misuse('Which box?', ...lines);
}
