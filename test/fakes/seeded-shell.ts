// What the shell of a simulated machine knows: it says what it was told to run, and ends as it was told.
import type { Ended } from '../../src/providers/provider.ts';

export interface Ran {
  printed: string;
  ended: Ended;
}

/** `exit 3` ends with that status, `kill -KILL $$` by that signal, all else with status 0. `head -n 5000` prints so many lines more. A line within `-c '…'` counts. */
export function runSeeded(line: string): Ran & { said: string } {
  const said = (/-c '(.*)' <\/dev\/null$/s.exec(line)?.[1] ?? line).replaceAll("'\\''", "'");
  const [, status] = /\bexit (\d+)$/.exec(said) ?? [];
  const [, signal] = /\bkill -([A-Z]+) \$\$$/.exec(said) ?? [];
  const [, more] = /\bhead -n (\d+)$/.exec(said) ?? [];
  const ended = signal === undefined ? { status: Number(status ?? 0) } : { signal };
  return { said, printed: `ran: ${said}\n${'y\n'.repeat(Number(more ?? 0))}`, ended };
}
