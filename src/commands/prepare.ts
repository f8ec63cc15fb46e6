// What a command needs from elsewhere is fetched between two transactions: the first finds out that it may ask, the second uses it.
import type { Command, Outside } from './command.ts';

/** Ends the first transaction, so that nothing of it stays. */
export class PrepareFirst extends Error {
  /** Which line of the delivery asked. */
  readonly line: number;
  readonly fetch: (outside: Outside) => Promise<unknown>;

  constructor(line: number, fetch: (outside: Outside) => Promise<unknown>) {
    super('prepare first');
    this.name = 'PrepareFirst';
    this.line = line;
    this.fetch = fetch;
  }
}

/** What was fetched for one line of a delivery, or why it was not. */
export type Fetched = { line: number } & ({ ok: true; value: unknown } | { ok: false; error: unknown });

/** Longer than any command's own deadline, and shorter than other processes wait before they take a delivery over. */
const LONGEST_MS = 8000;

/** Never rejects. */
export async function prepare({ line, fetch }: PrepareFirst, githubUrl: string): Promise<Fetched> {
  try {
    return { line, ok: true, value: await fetch({ githubUrl, signal: AbortSignal.timeout(LONGEST_MS) }) };
  } catch (error) {
    return { line, ok: false, error };
  }
}

/**
 * What the command is to be given: undefined when it needs nothing.
 * @throws PrepareFirst when it was not fetched yet; what fetching it failed with
 */
export function fetchedFor(
  command: Command,
  args: Parameters<NonNullable<Command['prepare']>>[0],
  line: number,
  fetched: Fetched | undefined,
): unknown {
  const fetch = command.prepare?.(args);
  if (fetch === undefined) return undefined;
  if (fetched?.line !== line) throw new PrepareFirst(line, fetch);
  if (!fetched.ok) throw fetched.error;
  return fetched.value;
}
