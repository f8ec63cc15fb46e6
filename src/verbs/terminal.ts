// Somebody at a terminal, asked one question at a time; what is secret is not shown while it is typed or pasted.
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { ShellboxError } from '../errors.ts';

export interface Terminal {
  /** The line that was typed, without blanks around it. @throws ShellboxError `interrupted` at Ctrl-C, Ctrl-D, or the abort */
  ask(question: string, options: { secret?: boolean; signal?: AbortSignal }): Promise<string>;
}

/** Nothing is read before the first question, and nothing between two. */
export function openTerminal(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Terminal {
  return {
    async ask(question, { secret = false, signal }) {
      const hidden = new Writable({ write: (_chunk, _encoding, done) => done() });
      // Readline itself echoes what is typed: for a secret it echoes into nothing.
      const reader = createInterface({ input, output: secret ? hidden : output, terminal: true, historySize: 0 });
      const ended = new AbortController();
      const end = () => ended.abort();
      reader.once('SIGINT', end).once('close', end);
      const signals = signal === undefined ? [ended.signal] : [ended.signal, signal];
      try {
        if (secret) output.write(question);
        const text = await reader.question(secret ? '' : question, { signal: AbortSignal.any(signals) });
        return text.trim();
      } catch {
        throw new ShellboxError('interrupted', 'Broken off; nothing was changed.');
      } finally {
        reader.close();
        if (secret || ended.signal.aborted) output.write('\n');
      }
    },
  };
}
