// Who is logged in: held to a share by key, by network while nobody knows the key, and in all; and who gives way when there is no room.
import { createCrowd } from './crowd.ts';
import { createIdleness } from './idleness.ts';
import type { SshLimits } from './limits.ts';

export interface Guest {
  fingerprint: string;
  network: string;
  /** Ends the connection, also one whose peer does not want to. */
  end(): void;
}

/** One connection, while it is logged in. */
export interface Stay {
  /** Whether nobody here knows the key: it has no account, and no box lists it, or that was not found out yet. */
  isStranger(): boolean;
  /** The key has one of them: all its connections are a stranger's no longer. */
  recognise(): void;
  /** Something is under way on it. */
  works(): void;
  /** Nothing is under way on it any more. */
  rests(): void;
  /** It is closed; may be called twice. */
  leave(): void;
}

export interface Guests {
  readonly size: number;
  /** Undefined when there is no room for it. To make room, others may be ended: strangers first, then those who rest. */
  enter(guest: Guest, isKnown: boolean): Stay | undefined;
  endAll(): void;
}

type Limits = Pick<SshLimits, 'connections' | 'connectionsPerKey' | 'strangers' | 'strangersPerNetwork' | 'idleMs'>;

export function createGuests(limits: Limits): Guests {
  const here = new Set<Guest>();
  const byKey = new Map<string, Set<Guest>>();
  const strangers = createCrowd<Guest>();

  function leave(guest: Guest): void {
    strangers.leave(guest);
    idleness.works(guest);
    if (!here.delete(guest)) return;
    const left = byKey.get(guest.fingerprint);
    left?.delete(guest);
    if (left?.size === 0) byKey.delete(guest.fingerprint);
  }

  /** Whoever gives way is not counted any more, however long its peer takes to go. */
  function end(guest: Guest | undefined): boolean {
    if (guest === undefined) return false;
    leave(guest);
    guest.end();
    return true;
  }
  const idleness = createIdleness<Guest>(limits.idleMs, end);

  /** Nobody is turned away for being unknown: whoever comes with an account is a stranger too until that was found out. */
  function thinOut({ network }: Guest): void {
    if (strangers.of(network) > limits.strangersPerNetwork) end(strangers.longestOf(network));
    else if (strangers.size > limits.strangers) end(strangers.longestOfLargest());
  }

  return {
    get size() {
      return here.size;
    },
    enter(guest, isKnown) {
      const same = byKey.get(guest.fingerprint) ?? new Set();
      if (same.size >= limits.connectionsPerKey) return undefined;
      if (here.size >= limits.connections && !end(strangers.longestOfLargest()) && !idleness.makeRoom())
        return undefined;
      here.add(guest);
      byKey.set(guest.fingerprint, same.add(guest));
      if (!isKnown) {
        strangers.enter(guest, guest.network);
        thinOut(guest);
      }
      idleness.rests(guest);
      return {
        isStranger: () => strangers.has(guest),
        recognise: () => {
          for (const one of byKey.get(guest.fingerprint) ?? []) strangers.leave(one);
        },
        works: () => idleness.works(guest),
        rests: () => {
          if (here.has(guest)) idleness.rests(guest);
        },
        leave: () => leave(guest),
      };
    },
    endAll() {
      for (const guest of here) guest.end();
    },
  };
}
