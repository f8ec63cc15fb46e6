// The last words of a process that something nobody foresaw has ended: through the logger, which takes secrets out; Node would print them.
import { createLogger } from '../log.ts';
import type { Surroundings } from './verb.ts';

export interface UncaughtSource {
  /** A promise that nobody waits for arrives here as well. */
  on(event: 'uncaughtException', listener: (error: unknown) => void): unknown;
  exit(status: number): void;
}

/** The state of the process is unknown then, so it ends; what it had under way is taken over as after any other death. */
export function endOnUncaught(source: UncaughtSource, { err, secrets }: Pick<Surroundings, 'err' | 'secrets'>): void {
  source.on('uncaughtException', (error) => {
    const destination = { write: (line: string) => err(line.trimEnd()) };
    createLogger({ level: 'error', secrets: secrets(), destination }).error({ error }, 'uncaught');
    err(
      'Something went wrong that nobody foresaw, and this process ends; the line above is for the people who make Shellbox.',
    );
    source.exit(1);
  });
}
