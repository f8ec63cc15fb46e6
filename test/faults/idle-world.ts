// Many boxes over days of a clock that the test moves: real database, real auto-stop, simulated people, provider and outages.

import { warnLeadMs } from '../../src/boxes/planned-stop.ts';
import { DEFAULT_TIERS } from '../../src/boxes/sizes.ts';
import { parseWhen } from '../../src/boxes/when.ts';
import { keepRunning } from '../../src/commands/planned-for.ts';
import { idleConfig } from '../../src/config/idle.ts';
import { createLogger } from '../../src/log.ts';
import type { Observation } from '../../src/providers/observed.ts';
import { type Provider, ProviderError } from '../../src/providers/provider.ts';
import { secret } from '../../src/secret.ts';
import { beginLife, lockLife } from '../../src/store/lives.ts';
import { createSecretBox } from '../../src/store/secretbox.ts';
import { type Autostop, createAutostop, type IdlePolicy } from '../../src/worker/autostop.ts';
import { mulberry32 } from '../fakes/seeded-random.ts';
import { openTestStore, PROVIDER } from '../support/store.ts';
import { createTimeline, LOOKED_MINUTES, type Timeline } from './idle-timeline.ts';

export interface IdleWorldOptions {
  seed: number;
  boxes: number;
  start: Date;
  days: number;
  timeZone: string;
  /** Between two looks at a box, minutes. */
  intervalMinutes: number;
}

export interface IdleFindings {
  stops: number;
  extensions: number;
  outages: number;
  /** Sentences, one each; none when every promise held. */
  broken: string[];
}

interface SimBox {
  id: string;
  timeline: Timeline;
  idleMinutes: number;
  running: boolean;
  startedMs: number;
  wakesAtMs: number;
  extendedUntilMs: number;
  /** Looks fail until then. */
  blindUntilMs: number;
  /** When a warning of this stop was given, by the stop's time. */
  warnings: Map<number, number>;
}

const MINUTE_MS = 60_000;
const SLOTS = 2;
/** The part of an interval that is too short to count: the beginning of a use, or the end of one. */
const UNSEEN = 0.1;
const IDLE_MINUTES = [60, 60, 60, 30, 240];

export async function runIdleWorld(options: IdleWorldOptions): Promise<IdleFindings> {
  const store = await openTestStore();
  try {
    return await simulate(store, options);
  } finally {
    await store.close();
  }
}

async function simulate(
  store: Awaited<ReturnType<typeof openTestStore>>,
  options: IdleWorldOptions,
): Promise<IdleFindings> {
  const { db, sql } = store;
  const random = mulberry32(options.seed);
  const intervalMs = options.intervalMinutes * MINUTE_MS;
  const roundMs = intervalMs / SLOTS;
  const policy: IdlePolicy = { ...idleConfig({}), intervalMs };
  const startMs = options.start.getTime();
  const endMs = startMs + options.days * 86_400_000;
  let nowMs = startMs;
  let jumpedMs = 0;
  /** Workers or the provider were away, or the clock was set: until then nothing could be known. */
  let troubleUntilMs = startMs;
  let outageFromMs = 0;
  const found: IdleFindings = { stops: 0, extensions: 0, outages: 0, broken: [] };
  const boxes = new Map<string, SimBox>();
  const say = (box: SimBox, text: string): void => {
    if (found.broken.length < 20) found.broken.push(`${new Date(nowMs).toISOString()} box ${box.id}: ${text}`);
  };
  // The wall clock that the house sees; what really passes is `nowMs`.
  const wall = (): Date => new Date(nowMs + jumpedMs);

  const accountId = await store.account('ana');
  await sql(`UPDATE accounts SET time_zone = $1`, [options.timeZone]);
  for (let count = 0; count < options.boxes; count++) {
    // Of the seed, because the id decides when a box is looked at.
    const id = seededId(random);
    await sql(`UPDATE boxes SET id = $2 WHERE id = $1`, [await store.box(accountId, `box-${count}`), id]);
    const idleMinutes = IDLE_MINUTES[count % IDLE_MINUTES.length] ?? 60;
    boxes.set(id, {
      id,
      timeline: createTimeline(random, startMs, endMs),
      idleMinutes,
      running: true,
      startedMs: startMs,
      wakesAtMs: 0,
      extendedUntilMs: 0,
      blindUntilMs: 0,
      warnings: new Map(),
    });
    await sql(`UPDATE boxes SET state = 'running', state_since = $2, idle_minutes = $3 WHERE id = $1`, [
      id,
      options.start,
      idleMinutes,
    ]);
  }

  const provider = {
    name: PROVIDER,
    async observe(refs: readonly { boxId: string }[]): Promise<ReadonlyMap<string, Observation>> {
      if (random() < 0.002) {
        trouble(nowMs);
        throw new ProviderError('unavailable', 'The cloud is away.');
      }
      return new Map(
        refs.flatMap(({ boxId }) => {
          const box = boxes.get(boxId);
          return box === undefined || nowMs < box.blindUntilMs
            ? []
            : [[boxId, box.timeline.observation(nowMs)] as const];
        }),
      );
    },
  } as Partial<Provider> as Provider;
  const begin = (): Autostop =>
    createAutostop({
      db,
      wakes: {
        wakeWorker: async () => {},
        wakeLanes: async () => {},
        changed: async () => {},
        close: async () => {},
      } as never,
      providers: new Map([[PROVIDER, provider]]),
      source: { installId: 'abcd1234', secrets: createSecretBox(secret(new Uint8Array(32))), gatewayPublicKey: '' },
      tiers: DEFAULT_TIERS,
      policy,
      now: wall,
      steadyMs: () => nowMs,
      logger: createLogger({ level: process.env.LAB_LOG ?? 'silent', secrets: [] }),
      slots: SLOTS,
    });

  let autostop = begin();
  for (; nowMs < endMs; nowMs += roundMs) {
    if (random() < 0.0004) await outage();
    if (random() < 0.0004) setClock();
    await people();
    await autostop.round(new AbortController().signal);
    await readWarnings();
    await settleStops();
    checkLate();
  }
  return found;

  /** Hours without a worker, after which another process goes on. */
  async function outage(): Promise<void> {
    found.outages += 1;
    outageFromMs = nowMs;
    nowMs += Math.round(random() ** 2 * 6 * 60) * MINUTE_MS;
    autostop = begin();
    trouble(nowMs);
  }

  function setClock(): void {
    jumpedMs += Math.round((random() - 0.4) * 180) * MINUTE_MS;
    trouble(nowMs);
  }

  function trouble(untilMs: number): void {
    troubleUntilMs = Math.max(troubleUntilMs, untilMs);
  }

  /** Sessions, starts, blind spots. */
  async function people(): Promise<void> {
    const typing: { id: string; at: Date }[] = [];
    for (const box of boxes.values()) {
      if (!box.running && (nowMs >= box.wakesAtMs || box.timeline.doingAt(nowMs) !== 'nothing')) await start(box);
      const typedMs = box.running ? box.timeline.typedUntil(nowMs) : undefined;
      if (typedMs !== undefined && typedMs > nowMs - roundMs)
        typing.push({ id: box.id, at: new Date(typedMs + jumpedMs) });
      if (random() < 0.0005) box.blindUntilMs = nowMs + Math.round(random() * 30) * MINUTE_MS;
    }
    if (typing.length === 0) return;
    await sql(
      `UPDATE boxes SET last_used_at = t.at FROM jsonb_to_recordset($1) AS t(id uuid, at timestamptz) WHERE boxes.id = t.id`,
      [JSON.stringify(typing)],
    );
  }

  async function start(box: SimBox): Promise<void> {
    box.running = true;
    box.startedMs = nowMs;
    box.extendedUntilMs = 0;
    box.warnings.clear();
    box.timeline.restart(nowMs);
    await sql(`UPDATE boxes SET state = 'running', desired = 'running', state_since = $2 WHERE id = $1`, [
      box.id,
      wall(),
    ]);
    await beginLife(db.tx, box.id);
  }

  async function readWarnings(): Promise<void> {
    const rows = await sql<{ id: string; box: string; event: string }>(
      `UPDATE notices SET state = 'sent' WHERE state = 'waiting' AND kind = 'warning' RETURNING id, box_id AS box, event`,
    );
    for (const row of rows.toSorted((one, other) => (one.box < other.box ? -1 : 1))) {
      const box = boxes.get(row.box);
      if (box === undefined) continue;
      box.warnings.set(Number(row.event.split(':')[2]), nowMs);
      if (random() < 0.2) await extend(box);
    }
  }

  async function extend(box: SimBox): Promise<void> {
    found.extensions += 1;
    const words = ['until 18:00', 'today', 'until fri', '1h', '4h'][Math.floor(random() * 5)] ?? '1h';
    const read = parseWhen(words, wall(), options.timeZone);
    if (!read.ok) return;
    await db.transaction(async (tx) => {
      const life = await lockLife(tx, box.id);
      if (life === undefined) return;
      const until =
        read.when.kind === 'until' ? read.when.at : new Date((life.stopAt ?? wall()).getTime() + read.when.ms);
      await keepRunning(tx, { tiers: DEFAULT_TIERS, idle: policy }, life, until);
      box.extendedUntilMs = until.getTime();
    });
  }

  async function settleStops(): Promise<void> {
    const jobs = await sql<{ id: string; box: string; stop: Date }>(
      `SELECT j.id, j.box_id AS box, b.stop_at AS stop FROM jobs j JOIN boxes b ON b.id = j.box_id WHERE j.state = 'queued' ORDER BY b.id`,
    );
    for (const job of jobs) {
      const box = boxes.get(job.box);
      if (box === undefined) continue;
      checkStop(box, job.stop.getTime());
      box.running = false;
      box.wakesAtMs = nowMs + Math.round(random() * 600) * MINUTE_MS;
      found.stops += 1;
    }
    if (jobs.length === 0) return;
    await sql(`UPDATE jobs SET state = 'succeeded', finished_at = now() WHERE state = 'queued'`);
    await sql(`UPDATE boxes SET state = 'stopped' WHERE id = ANY($1)`, [jobs.map((job) => job.box)]);
  }

  /** Promises about a stop that is made now. */
  function checkStop(box: SimBox, plannedMs: number): void {
    if (box.timeline.doingAt(nowMs) !== 'nothing') {
      // What began a moment ago is not seen yet.
      if (box.timeline.lastingMs(nowMs) > intervalMs * UNSEEN) say(box, 'stopped while it was in use');
      return;
    }
    const usedMs = Math.max(box.timeline.usedUntil(nowMs), box.startedMs);
    const idleMs = nowMs - usedMs;
    // In an outage, or while it is out of sight, nobody looks: what only holds a box leaves nothing then that could be counted. Then the
    // warning is what protects.
    const wasWatched = usedMs - LOOKED_MINUTES * MINUTE_MS > Math.max(troubleUntilMs, box.blindUntilMs);
    if (wasWatched && idleMs < box.idleMinutes * MINUTE_MS - intervalMs * UNSEEN)
      say(box, `stopped after ${idleMs / MINUTE_MS} idle minutes of ${box.idleMinutes}`);
    if (wall().getTime() < box.extendedUntilMs) say(box, 'stopped before the time it was extended to');
    const warnedMs = box.warnings.get(plannedMs);
    if (warnedMs === undefined) say(box, 'stopped without a warning of this stop');
    else if (nowMs - warnedMs < warnLeadMs(box.idleMinutes, policy) && troubleUntilMs < warnedMs)
      say(box, `warned only ${(nowMs - warnedMs) / MINUTE_MS} minutes before`);
  }

  /** What should have been stopped by now. */
  function checkLate(): void {
    for (const box of boxes.values()) {
      if (!box.running || box.timeline.doingAt(nowMs) !== 'nothing') continue;
      // What may have gone on while nobody could look counts as use.
      const lastMs = Math.max(box.timeline.usedUntil(nowMs), box.startedMs, box.blindUntilMs);
      // So does an outage that began before the end of a use was seen.
      const usedMs = lastMs > outageFromMs - 2 * intervalMs ? Math.max(lastMs, troubleUntilMs) : lastMs;
      const plannedMs = Math.max(usedMs + box.idleMinutes * MINUTE_MS, box.extendedUntilMs - jumpedMs);
      // After an outage: two looks until it is judged, then a warning.
      const excusedMs = troubleUntilMs < usedMs ? 0 : troubleUntilMs + 2 * intervalMs + policy.warnMinutes * MINUTE_MS;
      const lateMs = nowMs - Math.max(plannedMs + intervalMs, excusedMs) - 2 * roundMs;
      if (lateMs > 0) say(box, `still runs ${lateMs / MINUTE_MS} minutes too long`);
    }
  }
}

function seededId(random: () => number): string {
  const digits = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `7${digits.slice(13, 16)}`,
    `8${digits.slice(17, 20)}`,
    digits.slice(20),
  ].join('-');
}
