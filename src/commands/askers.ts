// Who takes turns: an account, once it is known whose identity speaks, so that somebody with five doors has no five turns.
import type { Speaker } from '../threads/arrival.ts';

export interface Askers {
  /** The key under which this person waits. */
  of(speaker: Speaker): string;
  learn(speaker: Speaker, accountId: string): void;
}

/** The longest known are forgotten first, and wait by their identity again. */
const MOST_KNOWN = 10_000;

export function createAskers(): Askers {
  const accounts = new Map<string, string>();
  const identityOf = ({ door, tenant, subject }: Speaker): string => `${door}:${tenant}:${subject}`;
  return {
    of(speaker) {
      const identity = identityOf(speaker);
      return accounts.get(identity) ?? identity;
    },
    learn(speaker, accountId) {
      const identity = identityOf(speaker);
      if (accounts.get(identity) === accountId) return;
      accounts.delete(identity);
      accounts.set(identity, accountId);
      for (const oldest of accounts.keys()) {
        if (accounts.size <= MOST_KNOWN) return;
        accounts.delete(oldest);
      }
    },
  };
}
