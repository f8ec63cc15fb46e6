// Brings notices to people: on the door they chose or spoke at last, else on the next one, else in the thread of their box.
import { isQuiet, quietEnd } from '../accounts/quiet-hours.ts';
import { type Logger, logAs } from '../log.ts';
import type { Database } from '../store/database.ts';
import {
  claimNotices,
  noteTried,
  putOffNotice,
  sendNotice,
  settleNotice,
  type WaitingNotice,
  type Way,
} from '../store/notices.ts';
import { threadAt } from '../store/threads.ts';
import { sideBySide } from '../store/together.ts';
import { type Reply, text } from '../threads/reply.ts';
import type { Door } from './door.ts';

export interface NotifierOptions {
  db: Database;
  doors: readonly Door[];
  /** Delivers what lies in these lanes. */
  deliver: (lanes: readonly string[]) => void;
  /** How often to look round when no wake-up came. */
  pollMs: number;
  now: () => Date;
  logger: Logger;
}

export interface Notifier {
  wake(): void;
  stop(): Promise<void>;
}

const AT_ONCE = 50;
/** A door that hangs holds up its own notices only. */
const SIDE_BY_SIDE = 5;
/** A process that took a notice and died has had it for so long. */
const CLAIM_MS = 30_000;
const DIRECT_MS = 10_000;
const LINK_ADVICE = 'To be told in Slack, Discord or by e-mail: type `link` here, and the code there.';

export function startNotifier(options: NotifierOptions): Notifier {
  const { db, logger } = options;
  const doors = new Map(options.doors.map((door) => [door.name, door]));
  const abort = new AbortController();
  let running: Promise<void> | undefined;
  let again = false;

  function wake(): void {
    if (abort.signal.aborted) return;
    if (running !== undefined) {
      again = true;
      return;
    }
    running = bringAll()
      .catch((error: unknown) => logger.warn({ error }, 'Notices could not be brought; they are looked for again'))
      .finally(() => {
        running = undefined;
        if (again) wake();
      });
  }

  async function bringAll(): Promise<void> {
    again = false;
    for (;;) {
      const notices = await claimNotices(db.tx, AT_ONCE, CLAIM_MS);
      await sideBySide(notices, SIDE_BY_SIDE, async (notice) => {
        if (abort.signal.aborted) return;
        await logAs({ notice: notice.id, box: notice.boxId ?? undefined }, () => bring(notice)).catch(
          (error: unknown) =>
            logger.warn({ notice: notice.id, error }, 'A notice could not be brought; it is tried again'),
        );
      });
      if (abort.signal.aborted) return;
      if (notices.length < AT_ONCE) return;
    }
  }

  async function bring(notice: WaitingNotice): Promise<void> {
    const { id, kind, choice, quietFrom, quietTo, timeZone } = notice;
    if (choice === 'off') return settle(notice, 'off');
    const quiet = quietFrom === null || quietTo === null ? undefined : { from: quietFrom, to: quietTo };
    const at = options.now();
    // Who is not warned in time loses what runs.
    if (kind !== 'warning' && quiet !== undefined && isQuiet(quiet, at, timeZone))
      return putOffNotice(db.tx, id, quietEnd(quiet, at, timeZone).getTime() - at.getTime());
    if (isToldAtHome(notice)) return settle(notice, 'sent', notice.home?.door);
    let trouble: unknown;
    for (const way of waysOf(notice)) {
      const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(DIRECT_MS)]);
      const place = await doors
        .get(way.door)
        ?.direct?.(way, topicOf(notice), signal)
        .catch((error: unknown) => {
          trouble = error;
          return undefined;
        });
      if (place === undefined) {
        // A door that is in trouble is asked again, unless another one brings it before.
        if (trouble === undefined) await noteTried(db.tx, id, way.door);
        continue;
      }
      const lanes = await db.transaction(async (tx) => {
        if (!(await settleNotice(tx, id, 'sent', way.door))) return [];
        const threadId = await threadAt(tx, way.door, way.tenant, place, notice.boxId ?? undefined);
        return [
          await sendNotice(tx, notice, { threadId, reply: notice.said.reply, brings: true }),
          await line(tx, notice),
        ];
      });
      return options.deliver(lanes.flatMap((lane) => lane ?? []));
    }
    if (trouble !== undefined) throw trouble;
    return settle(notice, 'home');
  }

  /** Their thread is a conversation with them alone, and an answer there knows which box is meant. */
  function isToldAtHome({ home, ways, choice, tried }: WaitingNotice): boolean {
    if (home === null || tried.includes(home.door) || (choice ?? home.door) !== home.door) return false;
    const door = doors.get(home.door);
    return ways.some(
      (way) =>
        way.door === home.door && way.tenant === home.tenant && door?.isDirect?.(home.address, way.subject) === true,
    );
  }

  /** Each door once: that of their choice first, then where they spoke last. */
  function waysOf({ ways, choice, tried }: WaitingNotice): Way[] {
    const open = ways.filter(({ door }, at) => {
      const isFirst = ways.findIndex((way) => way.door === door) === at;
      return isFirst && !tried.includes(door) && doors.get(door)?.direct !== undefined;
    });
    return [...open.filter(({ door }) => door === choice), ...open.filter(({ door }) => door !== choice)];
  }

  /** Everybody in the box's thread may know, once; a connection that is gone reads nothing. */
  async function line(tx: Parameters<typeof sendNotice>[0], notice: WaitingNotice): Promise<string | undefined> {
    const { home, said, tried } = notice;
    if (home === null || said.line === undefined || tried.length > 0) return undefined;
    const everybody = doors.get(home.door)?.isDirect?.(home.address, '') === false;
    if (!everybody || isToldAtHome({ ...notice, choice: null, tried: [] })) return undefined;
    return sendNotice(tx, notice, { threadId: home.id, reply: said.line, brings: false });
  }

  async function settle(notice: WaitingNotice, state: 'sent' | 'home' | 'off', door?: string): Promise<void> {
    const lane = await db.transaction(async (tx) => {
      if (!(await settleNotice(tx, notice.id, state, door))) return undefined;
      if (state === 'off') return line(tx, notice);
      if (notice.home === null) return undefined;
      const reply = state === 'sent' ? notice.said.reply : withAdvice(notice);
      return sendNotice(tx, notice, { threadId: notice.home.id, reply, brings: true });
    });
    if (lane !== undefined) options.deliver([lane]);
  }

  const poll = setInterval(wake, options.pollMs);
  wake();
  return {
    wake,
    async stop() {
      clearInterval(poll);
      abort.abort();
      await running;
    },
  };
}

function topicOf({ id, boxId, boxName }: WaitingNotice) {
  return { id, box: boxId === null || boxName === null ? undefined : { id: boxId, name: boxName } };
}

/** Whoever has only keys hears of it when they come by. */
function withAdvice({ said: { reply }, ways }: WaitingNotice): Reply {
  if (ways.some(({ door }) => door !== 'ssh')) return reply;
  return { ...reply, blocks: [...reply.blocks, text(LINK_ADVICE)] };
}
