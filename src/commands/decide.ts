// What a line that was read comes to: an answer at once, or what its command does.
import type { Delivery } from '../store/deliveries.ts';
import { misuse, type Reply, command as typed } from '../threads/reply.ts';
import type { CommandResult } from './command.ts';
import type { CommandContext } from './context.ts';
import { fillInBox } from './fill-in.ts';
import type { Parsed } from './parse.ts';
import { type Fetched, fetchedFor } from './prepare.ts';

interface Ask {
  parsed: Parsed;
  /** Why the asker may not. */
  refusal: Reply | undefined;
  fetched: Fetched | undefined;
}

/** @throws Refusal, ReadAgain and PrepareFirst, with which the transaction is undone */
export async function decide(context: CommandContext, delivery: Delivery, ask: Ask): Promise<CommandResult> {
  const { parsed, refusal, fetched } = ask;
  if (parsed.kind === 'usage') return { kind: 'reply', reply: parsed.reply };
  if (parsed.kind === 'empty') return { kind: 'reply', reply: misuse('Type a command. All of them:', typed('help')) };
  if (refusal !== undefined) return { kind: 'reply', reply: refusal };
  const filled = await fillInBox(context, delivery, parsed.command, parsed.args);
  if (filled.kind === 'reply') return filled;
  // The grammar has checked every argument against the declaration that `prepare` and `run` are typed by.
  const args = filled.args as never;
  return parsed.command.run(context, args, fetchedFor(parsed.command, args, delivery.handled, fetched));
}
