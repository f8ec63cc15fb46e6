// Who takes turns: an account, once it is known whose identity speaks, so that somebody with five doors has no five turns; strangers as one.
import { together } from '../store/together.ts';
import type { Speaker } from '../threads/arrival.ts';

export interface Askers {
  /** The key under which this person waits, as far as it is known here whose identity speaks. */
  of(speaker: Speaker): string;
  /** The same, once the database was asked about somebody who is not known here. */
  find(speaker: Speaker): Promise<string>;
  learn(speaker: Speaker, accountId: string): void;
}

/** The longest known are forgotten first, and found again. */
const MOST_KNOWN = 10_000;
const FIND_AT_ONCE = 100;
const STRANGERS = 'strangers:';

/** Anybody may make keys and addresses in any number, so those without an account wait as one at each door. */
export function isOfStrangers(asker: string): boolean {
  return asker.startsWith(STRANGERS);
}

/** `accountsOf`: the accounts of identities, in their order. */
export function createAskers(
  accountsOf: (speakers: readonly Speaker[]) => Promise<readonly ({ id: string } | undefined)[]>,
): Askers {
  const accounts = new Map<string, string>();
  const identityOf = ({ door, tenant, subject }: Speaker): string => `${door}:${tenant}:${subject}`;
  const accountOf = together(accountsOf, FIND_AT_ONCE);

  function of(speaker: Speaker): string {
    return accounts.get(identityOf(speaker)) ?? `${STRANGERS}${speaker.door}:${speaker.tenant}`;
  }
  function learn(speaker: Speaker, accountId: string): void {
    const identity = identityOf(speaker);
    if (accounts.get(identity) === accountId) return;
    accounts.delete(identity);
    accounts.set(identity, accountId);
    for (const oldest of accounts.keys()) {
      if (accounts.size <= MOST_KNOWN) return;
      accounts.delete(oldest);
    }
  }

  return {
    of,
    learn,
    async find(speaker) {
      if (!accounts.has(identityOf(speaker))) {
        // Whoever cannot be found now waits as a stranger; what fails here fails again, and is told, where the command is run.
        const account = await accountOf(speaker).catch(() => undefined);
        if (account !== undefined) learn(speaker, account.id);
      }
      return of(speaker);
    },
  };
}
