// Fills in the box's name where it may be left out: in the thread that is the box's home, or in letters about one box alone.
import { boxById, boxByName, liveBoxes } from '../store/boxes.ts';
import type { Delivery } from '../store/deliveries.ts';
import { boxSpokenOf } from '../store/transcripts.ts';
import { type Block, misuse, type Reply, command as type } from '../threads/reply.ts';
import type { Command } from './command.ts';
import type { CommandContext } from './context.ts';

type Args = Readonly<Record<string, string | number | boolean | undefined>>;

export async function fillInBox(
  context: CommandContext,
  { thread, whole }: Pick<Delivery, 'thread' | 'whole'>,
  command: Command,
  args: Args,
): Promise<{ kind: 'args'; args: Args } | { kind: 'reply'; reply: Reply }> {
  const name = boxParam(command);
  if (name === undefined || args[name] !== undefined) return { kind: 'args', args };
  const { tx, account } = context;
  // A chat's channel is about many things, and so is a connection; a correspondence is about what was written in it.
  const boxId = thread.boxId ?? (whole && account !== undefined ? await boxSpokenOf(tx, thread.id, account.id) : null);
  const home = boxId === null ? undefined : await boxById(tx, boxId);
  if (home !== undefined && home.accountId === account?.id && home.state !== 'destroyed') {
    return { kind: 'args', args: { ...args, [name]: home.name } };
  }
  if (isOptional(command, name)) return { kind: 'args', args };
  return { kind: 'reply', reply: await whichBox(context, command) };
}

/** The box of the asker's that the command names. */
export async function namedBox(context: CommandContext, command: Command, args: Args): Promise<string | undefined> {
  const name = args[boxParam(command) ?? ''];
  if (typeof name !== 'string' || context.account === undefined) return undefined;
  return (await boxByName(context.tx, context.account.id, name))?.id;
}

function boxParam(command: Command): string | undefined {
  return Object.keys(command.params).find((key) => command.params[key]?.kind === 'box');
}

function isOptional(command: Command, name: string): boolean {
  const param = command.params[name];
  return param?.kind === 'box' && param.optional === true;
}

async function whichBox(context: CommandContext, command: Command): Promise<Reply> {
  const boxes = context.account === undefined ? [] : await liveBoxes(context.tx, context.account.id);
  if (boxes.length === 0) return misuse('You have no boxes yet. To make one:', type('spinup mybox'));
  const lines: Block[] = boxes.slice(0, 5).map((box) => type(`${command.name} ${box.name}`));
  return misuse('Which box?', ...lines);
}
