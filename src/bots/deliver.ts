// Delivers messages: each lane has one owner among the bots processes, who sends what is due, in order, and writes down what was sent.
import { type Logger, logAs } from '../log.ts';
import type { Meters } from '../meters.ts';
import type { Database } from '../store/database.ts';
import { keepMessage } from '../store/kept-messages.ts';
import type { SecretBox } from '../store/secretbox.ts';
import {
  beginSending,
  dueLanes,
  dueMessages,
  fillInPlace,
  holdMessage,
  type LaneGuard,
  type MessageRow,
  noteSent,
  retryMessage,
  reviveKept,
} from '../store/threads.ts';
import type { Address } from '../threads/thread.ts';
import { type Door, RateLimited, type SendResult } from './door.ts';
import { createLaneHolds, type LaneHold } from './lane-holds.ts';
import { createLaneTimers } from './lane-timers.ts';
import { aboutMessage, noteGone } from './outcome.ts';
import { outgoing } from './outgoing.ts';
import { createLanePace } from './pace.ts';
import { createTurns, type Turns } from './turns.ts';

export interface DelivererOptions {
  db: Database;
  /** Opens the tickets that arrivals brought along. */
  secrets: SecretBox;
  doors: readonly Door[];
  /** Unique to this process. */
  holder: string;
  laneLeaseMs: number;
  /** How often to look round when no wake-up came. */
  pollMs: number;
  random: () => number;
  meters: Meters;
  logger: Logger;
}

export interface Deliverer {
  /** Lanes in which a platform wants no sends for now. */
  resting(): number;
  /** Delivers what is due in these lanes, as far as they are or become ours. Returns at once. */
  wake(lanes: readonly string[]): void;
  stop(): Promise<void>;
}

const BATCH = 200;
const SEND_DEADLINE_MS = 30_000;
/** After so many failures in a row the message is kept for operators; the next wish to send it starts afresh. */
const MOST_TRIES = 12;
const LONGEST_DELAY_MS = 60_000;

/** A message that only changes: when two of its forms are due, the older is never sent. */
const isChanging = ({ kind }: MessageRow): boolean => kind === 'progress' || kind === 'light';

/** Resolves once the doors' own lanes are ours; open the doors after that, or another process would take their messages for lost. */
export async function startDeliverer(options: DelivererOptions): Promise<Deliverer> {
  const { db, logger, holder } = options;
  const doors = new Map(options.doors.map((door) => [door.name, door]));
  const ownLanes = new Set(options.doors.flatMap((door) => door.ownLanes));
  const running = new Map<string, Promise<void>>();
  /** Of lanes in which something is due. */
  const turns = new Map<string, Turns>();
  const again = new Set<string>();
  const paces = new Map(
    options.doors.flatMap(({ name, pace }) => (pace ? [[name, createLanePace(pace, () => performance.now())]] : [])),
  );
  const timers = createLaneTimers((lane) => wake([lane]));
  const abort = new AbortController();
  const holds = createLaneHolds({
    db,
    holder,
    ownLanes,
    leaseMs: options.laneLeaseMs,
    logger,
    async tookBack(lane) {
      if ((await reviveKept(db.tx, lane)) > 0) wake([lane]);
    },
  });

  function wake(names: readonly string[]): void {
    for (const name of names) {
      if (running.has(name)) {
        again.add(name);
        continue;
      }
      const run = logAs({ lane: name }, () => serve(name))
        .catch((error: unknown) =>
          logger.warn({ lane: name, error }, 'A lane could not be served; it is looked at again'),
        )
        .finally(() => {
          running.delete(name);
          if (again.delete(name) && !abort.signal.aborted) wake([name]);
        });
      running.set(name, run);
    }
  }

  const findable = ({ door }: { door: string }): boolean => doors.get(door)?.lookup === 'find';

  async function serve(name: string): Promise<void> {
    while (!abort.signal.aborted) {
      if (timers.isResting(name)) return;
      const lane = await holds.hold(name);
      if (lane === undefined) return;
      const found = await dueMessages(db.tx, name, BATCH);
      const readAt = performance.now();
      if (found.length === 0) {
        turns.delete(name);
        return;
      }
      const turn = turns.get(name) ?? createTurns();
      turns.set(name, turn);
      const due = turn.inTurn(found);
      const guard: LaneGuard = { lane: name, holder, epoch: lane.epoch };
      const sent: { id: string; revision: number; platformId: string; door: string }[] = [];
      let ours = true;
      // What was not sent holds back what comes after it in its thread, so that people read things in their order.
      const heldBack = new Set<string>();
      const spoken = new Set(due.filter((one) => !isChanging(one)).map((one) => one.thread.id));
      /** Where threads turned out to be while this went on. */
      const places = new Map<string, Address>();
      let postponed = false;
      for (const message of due) {
        if (timers.isResting(name)) break;
        const { id, wanted, thread } = message;
        if (heldBack.has(thread.id)) continue;
        const pace = paces.get(thread.door);
        const isEdit = isChanging(message) && message.platformId !== null;
        // Nothing is lost by an edit that comes later; what is said in words does not wait for it, but has it go before.
        const editWaitMs = isEdit && !spoken.has(thread.id) ? (pace?.editWaitMs(name) ?? 0) : 0;
        if (editWaitMs > 0) {
          postponed = true;
          timers.wakeIn(name, editWaitMs);
          continue;
        }
        // The sends before this one may have taken longer than the lease.
        const hold = await holds.hold(name);
        ours = hold?.epoch === lane.epoch;
        if (!hold || !ours) break;
        const waitMs = pace?.take(name) ?? 0;
        if (waitMs > 0) {
          timers.rest(name, waitMs);
          break;
        }
        if (isEdit) pace?.edited(name);
        turn.served(message);
        const address = places.get(thread.id) ?? thread.address;
        const result = await logAs({ ...aboutMessage(message), lane: name }, async () => {
          const came = await sendOne({ ...message, thread: { ...thread, address } }, guard, hold);
          if (came?.kind === 'sent') noteGone(options, message, performance.now() - readAt);
          return came;
        });
        if (result === undefined) heldBack.add(thread.id);
        if (result?.kind === 'sent') {
          if (result.place !== undefined) places.set(thread.id, result.place.address);
          sent.push({ id, revision: wanted, platformId: result.platformId, door: thread.door });
        }
      }
      await noteSent(db.tx, sent.filter(findable), guard);
      // Nobody else can find out that these were sent, so that is noted whoever has the lane now.
      await noteSent(
        db.tx,
        sent.filter((one) => !findable(one)),
        undefined,
      );
      if (ours && (postponed || due.length < BATCH)) return;
    }
  }

  async function sendOne(message: MessageRow, guard: LaneGuard, hold: LaneHold): Promise<SendResult | undefined> {
    const door = doors.get(message.thread.door);
    if (door === undefined) return undefined;
    if (await heldBack(door, message, guard)) return { kind: 'keep', reason: 'one too many' };
    if (door.lookup === 'find' && !(await beginSending(db.tx, message.id, message.wanted, guard))) {
      holds.forget(guard.lane);
      return undefined;
    }
    try {
      const { id, thread } = message;
      const out = outgoing(message, options.secrets);
      const signal = AbortSignal.any([abort.signal, hold.lost, AbortSignal.timeout(SEND_DEADLINE_MS)]);
      // The database may have taken its time, or this process was stopped: who has the lane now has looked, and found nothing.
      if (!hold.isOurs()) return undefined;
      const result = await door.send(out, signal);
      if (result.kind === 'keep') {
        options.meters.sent(door.name, 'kept');
        logger.info({ reason: result.reason }, 'A message is kept: its thread cannot be reached');
        await keepMessage(db.tx, id, 'unreachable', guard);
      } else if (result.place !== undefined) await fillInPlace(db.tx, thread.id, result.place);
      return result;
    } catch (error) {
      await retryLater(message, guard, error);
      return undefined;
    }
  }

  /** Noted here and not where it was decided, because here is the door that counts them. */
  async function heldBack(door: Door, { id, body }: MessageRow, guard: LaneGuard): Promise<boolean> {
    if (body.kind !== 'transcript' || body.held === undefined) return false;
    if (await holdMessage(db.tx, id, guard)) {
      logger.info({ reason: body.held }, 'An answer is held back: it is one too many');
      door.heldBack?.(body.held);
    }
    return true;
  }

  async function retryLater(message: MessageRow, guard: LaneGuard, error: unknown): Promise<void> {
    const limited = error instanceof RateLimited;
    if (!limited && message.tries + 1 >= MOST_TRIES) {
      options.meters.sent(message.thread.door, 'kept');
      logger.error({ error }, 'A message could not be delivered; it is kept');
      await keepMessage(db.tx, message.id, 'undeliverable', guard);
      return;
    }
    const wished = limited ? error.retryAfterMs : 0;
    if (limited) timers.rest(guard.lane, wished);
    const backoff = Math.min(500 * 2 ** message.tries, LONGEST_DELAY_MS) * (0.75 + options.random() / 2);
    options.meters.sent(message.thread.door, 'retried');
    logger.warn({ error }, 'A message was not delivered; it is tried again');
    await retryMessage(db.tx, message.id, Math.round(Math.max(wished, backoff)), guard);
  }

  await Promise.all([...ownLanes].map(holds.hold));
  const names = options.doors.map((door) => door.name);
  const poll = setInterval(() => {
    dueLanes(db.tx, names).then(
      (due) => wake(due.map((lane) => lane.lane)),
      (error: unknown) => logger.warn({ error }, 'Could not look for due messages'),
    );
  }, options.pollMs);
  const prolong = setInterval(() => holds.prolong(running.keys()), options.laneLeaseMs / 4);

  return {
    wake,
    resting: timers.resting,
    async stop() {
      clearInterval(poll);
      clearInterval(prolong);
      timers.end();
      abort.abort();
      await Promise.allSettled(running.values());
      await holds.close();
    },
  };
}
