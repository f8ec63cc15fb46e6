// Opens a door whose platform does not answer yet: the other doors need not wait for it.
import { setTimeout as delay } from 'node:timers/promises';
import { ShellboxError } from '../errors.ts';
import type { Logger } from '../log.ts';

const TRY_AGAIN_MS = 5_000;

export interface Opening {
  door: string;
  /** Opens it once. */
  enter: () => Promise<void>;
  /** Aborted when the door closes. */
  closing: AbortSignal;
  /** Keeps what goes on in the background, so that the end can wait for it. */
  afterwards: (work: Promise<void>) => void;
  logger: Logger;
}

/** Resolves when it is open, or tried further in the background. Rejects when the platform refuses our token: waiting does not mend that. */
export async function openOrLater({ door, enter, closing, afterwards, logger }: Opening): Promise<void> {
  async function later(): Promise<void> {
    for (;;) {
      await delay(TRY_AGAIN_MS, undefined, { signal: closing }).catch(() => {});
      if (closing.aborted) return;
      try {
        await enter();
        return logger.info({ door }, 'The platform answers, its door is open');
      } catch (error) {
        if (isRefused(error))
          return logger.error({ door, error }, 'The platform does not take our token; its door stays closed');
        logger.debug({ door, error }, 'The door could not be opened yet');
      }
    }
  }
  try {
    await enter();
  } catch (error) {
    if (isRefused(error)) throw error;
    logger.warn({ door, error }, 'The platform does not answer; its door is tried again until it opens');
    afterwards(later());
  }
}

function isRefused(error: unknown): boolean {
  return error instanceof ShellboxError && error.code === 'token_refused';
}
