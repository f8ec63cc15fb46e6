// What can be wrong with a line, and how the answer to it is put together.
import { type Block, misuse, type Reply, text, command as type } from '../threads/reply.ts';

export type UsageFault =
  | 'too_long'
  | 'bad_character'
  | 'unknown_command'
  | 'unclosed_quote'
  | 'unknown_option'
  | 'missing_value'
  | 'repeated_option'
  | 'bad_value'
  | 'bad_name'
  | 'missing_argument'
  | 'extra_words';

export interface Fault {
  code: UsageFault;
  /** One or two short sentences; what was typed is in them as `shown`. */
  message: string;
  /** A usage line to show with it. */
  usage?: string;
  /** What to type instead; it is always a line that is understood. */
  fix: string;
  /** The fix is worth a button: it makes something new and can hit nothing that exists. */
  button?: boolean;
}

export interface UsageError {
  kind: 'usage';
  fault: UsageFault;
  reply: Reply;
}

export function usageError({ code, message, usage, fix, button }: Fault): UsageError {
  const blocks: Block[] = [text(usage === undefined ? message : `${message}\nUsage: ${usage}`), type(fix)];
  if (button)
    blocks.push({ kind: 'actions', actions: [{ label: fix.charAt(0).toUpperCase() + fix.slice(1), command: fix }] });
  return { kind: 'usage', fault: code, reply: misuse(...blocks) };
}

/** Commands in one message; each has an answer, and a channel takes about one a second. */
const MOST_LINES = 20;

/** What is answered instead of all lines of a delivery: that there are too many, or why it was not taken in; undefined when they are run. */
export function refusedWhole(refusal: Reply | null, lines: number): UsageError | undefined {
  if (refusal !== null) return { kind: 'usage', fault: 'too_long', reply: refusal };
  if (lines <= MOST_LINES) return undefined;
  const message = `That is ${lines} commands in one message, and ${MOST_LINES} is the most. Nothing was done.`;
  return usageError({ code: 'too_long', message, fix: 'help' });
}
