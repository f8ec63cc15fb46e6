// The lanes that this process may send in: their leases, prolonged while they are used, and given up in time when they cannot be.
import type { Logger } from '../log.ts';
import type { Database } from '../store/database.ts';
import { dropLease, seizeLease, takeLease } from '../store/leases.ts';

export interface LaneHold {
  epoch: bigint;
  /** Aborted when somebody else may have the lane. */
  lost: AbortSignal;
  /** Asks the clock: a process that was stopped and goes on may be asked before its timers tell. */
  isOurs(): boolean;
}

export interface LaneHoldsOptions {
  db: Database;
  /** Unique to this process. */
  holder: string;
  /** What is this process's by right; others only look after it while it is away. */
  ownLanes: ReadonlySet<string>;
  leaseMs: number;
  logger: Logger;
  /** A lane of our own is back with us that another had for a while. */
  tookBack(lane: string): Promise<void>;
}

export interface LaneHolds {
  /** The lane's lease, taken or prolonged when half an ordinary one of it is used up; undefined while another process has it. */
  hold(lane: string): Promise<LaneHold | undefined>;
  /** It turned out to be another's: nothing is sent in it until it is held anew. */
  forget(lane: string): void;
  /** Prolongs the leases of these lanes and of our own; to be called a few times in the time of a lease. */
  prolong(lanes: Iterable<string>): void;
  /** Gives all of them to whoever wants them. */
  close(): Promise<void>;
}

/** The lease of a process's own lane, in ordinary ones: others would keep what only that process can show. */
const OWN_LEASES = 4;

interface Held extends LaneHold {
  /** By performance.now(), and never later than the database thinks. */
  until: number;
  end: AbortController;
  timer: NodeJS.Timeout | undefined;
}

export function createLaneHolds({ db, holder, ownLanes, leaseMs, logger, tookBack }: LaneHoldsOptions): LaneHolds {
  const held = new Map<string, Held>();

  function forget(lane: string): void {
    const one = held.get(lane);
    clearTimeout(one?.timer);
    one?.end.abort();
    held.delete(lane);
  }

  function note(lane: string, epoch: bigint, until: number): Held {
    const before = held.get(lane);
    if (before?.epoch === epoch) {
      before.until = Math.max(before.until, until);
      expire(lane, before);
      return before;
    }
    forget(lane);
    const end = new AbortController();
    const isOwn = ownLanes.has(lane);
    const isOurs = (): boolean => !end.signal.aborted && (isOwn || performance.now() < one.until);
    const one: Held = { epoch, until, end, lost: end.signal, isOurs, timer: undefined };
    held.set(lane, one);
    expire(lane, one);
    return one;
  }

  function expire(lane: string, one: Held): void {
    // What is ours by right is sent by nobody else.
    if (ownLanes.has(lane)) return;
    clearTimeout(one.timer);
    one.timer = setTimeout(() => forget(lane), Math.max(0, one.until - performance.now()));
  }

  async function hold(lane: string): Promise<LaneHold | undefined> {
    const before = held.get(lane);
    const isOwn = ownLanes.has(lane);
    const forMs = leaseMs * (isOwn ? OWN_LEASES : 1);
    const asked = performance.now();
    if (before !== undefined && before.until - asked > forMs - leaseMs / 2) return before;
    const epoch = await (isOwn ? seizeLease : takeLease)(db.tx, `lane:${lane}`, holder, forMs);
    if (epoch === undefined) {
      forget(lane);
      return undefined;
    }
    const wasAway = isOwn && before !== undefined && before.epoch !== epoch;
    const now = note(lane, epoch, asked + forMs);
    if (wasAway) await tookBack(lane);
    return now;
  }

  return {
    hold,
    forget,
    prolong(lanes) {
      for (const lane of new Set([...ownLanes, ...lanes])) {
        // What nobody holds is not taken here: it is only prolonged.
        if (!ownLanes.has(lane) && !held.has(lane)) continue;
        hold(lane).catch((error: unknown) =>
          logger.warn({ lane, error }, 'The lease of a lane could not be prolonged'),
        );
      }
    },
    async close() {
      const lanes = [...held.keys()];
      for (const lane of lanes) forget(lane);
      await Promise.allSettled(lanes.map((lane) => dropLease(db.tx, `lane:${lane}`, holder)));
    },
  };
}
