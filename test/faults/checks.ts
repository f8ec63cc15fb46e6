// What must be true after every run of the laboratory: the ledgers of the platform and the cloud against what the system believes.

import { Redis } from 'ioredis';
import { STOP_CAUSES } from '../../src/boxes/planned-stop.ts';
import { secret } from '../../src/secret.ts';
import { firstBrokenLink, sealAudit } from '../../src/store/audit.ts';
import { openDatabase } from '../../src/store/database.ts';
import { FAST } from '../fakes/service.ts';
import { eventually } from '../support/eventually.ts';
import { dumpDatabase, dumpRedis } from '../support/leaks.ts';
import { illegalTransitions } from '../support/transitions.ts';
import type { Laboratory } from './laboratory.ts';
import { unfencedWrites } from './witness.ts';

/** In every private key, also in those that the house of tests makes without cost; they must be in clear nowhere. */
const PLANTED = ['FAKE PRIVATE KEY', 'OPENSSH PRIVATE KEY'];

/** One line that somebody typed, and where. */
export interface Typed {
  thread: string;
  line: string;
}

/** What is still on its way, in words; nothing when all is done. */
export async function unsettled(lab: Laboratory, typed: readonly Typed[]): Promise<string[]> {
  const finals = finalsByThread(lab);
  const unanswered = typed.filter(({ thread }) => !finals.has(thread)).map(({ line }) => `no answer to "${line}"`);
  const [left] = await lab.sql<Record<string, number>>(
    `SELECT (SELECT count(*)::int FROM jobs WHERE state IN ('queued', 'running', 'cancelling')) AS "live jobs",
      (SELECT count(*)::int FROM deliveries WHERE processed_at IS NULL) AS "deliveries not done",
      (SELECT count(*)::int FROM commands WHERE finished_at IS NULL) AS "commands not finished",
      (SELECT count(*)::int FROM messages WHERE state = 'pending') AS "messages not sent",
      (SELECT count(*)::int FROM boxes WHERE state NOT IN ('running', 'stopped', 'destroyed', 'error')) AS "boxes between states",
      (SELECT count(*)::int FROM boxes WHERE state = 'destroyed' AND purge_after < now() - $1 * interval '1 millisecond'
        AND purged_at IS NULL) AS "homes to go"`,
    [lab.place.longestCreateMs + 2 * FAST.orphanGraceMs],
  );
  const counted = Object.entries(left ?? {}).filter(([, count]) => count > 0);
  const underWay = [...unanswered, ...counted.map(([what, count]) => `${count} ${what}`)];
  return underWay.length > 0 ? underWay : differences(lab);
}

/** What is asked costs the machine that everything runs on. */
const LOOK_EVERY_MS = 100;

/** Resolves when nothing is on its way; rejects with what still is after so long. */
export async function settled(lab: Laboratory, typed: readonly Typed[], withinMs: number): Promise<void> {
  const isSettled = async (): Promise<true> => {
    const left = await unsettled(lab, typed);
    if (left.length > 0) throw new Error(left.slice(0, 5).join('; '));
    return true;
  };
  await eventually('everything is as it should be', isSettled, withinMs, LOOK_EVERY_MS);
}

interface Books {
  id: string;
  state: string;
  incarnation: number;
  purged: boolean;
  /** Whether it ever did; one whose home could not be made may be stopped, too, and gets its home when it is started. */
  ran: boolean;
  counted: boolean;
}

/** What exists against the books, once all is done. */
async function differences(lab: Laboratory): Promise<string[]> {
  const boxes = await lab.sql<Books>(
    `SELECT id, state, incarnation, purged_at IS NOT NULL AS purged, EXISTS (SELECT 1 FROM usage u WHERE u.box_id = b.id) AS ran,
      EXISTS (SELECT 1 FROM usage u WHERE u.box_id = b.id AND u.ended_at IS NULL) AS counted FROM boxes b`,
  );
  const reality = await lab.place.reality(boxes.map(({ id }) => id));
  const instances = Map.groupBy(reality.instances, ({ boxId }) => boxId);
  const known = new Set(boxes.map(({ id }) => id));
  const wrong = boxes.flatMap(({ id, state, incarnation, purged, ran, counted }) => {
    const own = instances.get(id) ?? [];
    const running = own.filter((instance) => instance.running).length;
    const homes = reality.homes.filter((boxId) => boxId === id).length;
    const faults = {
      'an instance that is not its own': own.some((instance) => instance.incarnation !== incarnation),
      [`${own.length} instances`]: own.length > 1,
      [`${running} running instances`]: running !== (state === 'running' ? 1 : 0) && state !== 'error',
      // One that could not be stopped costs what it costs until it was seen not to run.
      [`${counted ? '' : 'no '}time that counts`]:
        state === 'error' ? counted && running === 0 : counted !== (state === 'running'),
      'an instance': state === 'destroyed' && own.length > 0,
      'a home': purged && homes > 0,
      'no home': (state === 'running' || (state === 'stopped' && ran)) && homes === 0,
      [`${homes} homes`]: homes > 1,
    };
    return Object.entries(faults).flatMap(([fault, holds]) => (holds ? [`a ${state} box with ${fault}, ${id}`] : []));
  });
  const orphans = reality.instances.filter(({ boxId }) => !known.has(boxId));
  const leftHomes = reality.homes.filter((boxId) => !known.has(boxId));
  return [
    ...wrong,
    ...orphans.map(({ boxId }) => `an instance of no box, ${boxId}`),
    ...leftHomes.map((boxId) => `a home of no box, ${boxId}`),
    ...(reality.snapshots === undefined ? [] : await snapshotsAgainst(lab, reality.snapshots)),
  ];
}

/** Each that is kept is there once, and no other. */
async function snapshotsAgainst(lab: Laboratory, there: readonly string[]): Promise<string[]> {
  const rows = await lab.sql<{ id: string; state: string }>('SELECT id, state FROM snapshots');
  const known = new Set(rows.map(({ id }) => id));
  return [
    ...rows.flatMap(({ id, state }) => {
      const count = there.filter((one) => one === id).length;
      return state === 'kept' && count === 1 ? [] : [`${count} of a ${state} snapshot, ${id}`];
    }),
    ...there.filter((id) => !known.has(id)).map((id) => `a snapshot that nobody knows, ${id}`),
  ];
}

/** What went wrong in this run, in words; to be asked when all is settled. */
export async function findings(lab: Laboratory, typed: readonly Typed[]): Promise<string[]> {
  const [talk, books, secrets] = await Promise.all([conversation(lab, typed), bookkeeping(lab, typed), leaks(lab)]);
  return [...talk, ...books, ...secrets];
}

async function conversation(lab: Laboratory, typed: readonly Typed[]): Promise<string[]> {
  const finals = finalsByThread(lab);
  const lines = new Map(typed.map(({ thread, line }) => [thread, line]));
  // A second one only from a process that was stopped for longer than its lease while it handed the message to the network, which
  // nobody can know of (docs/architecture.md, "What happens when X dies").
  const twice = [...finals].filter(
    ([, found]) => found.length > 1 && found.filter(({ onTheWayMs }) => onTheWayMs < FAST.laneLeaseMs).length !== 1,
  );
  const strays = [...finals.keys()].filter((thread) => !lines.has(thread));
  const places = await lab.sql<{ row: string; thread: string; asked: string | null }>(
    `SELECT m.id AS row, t.key AS thread, a.key AS asked FROM messages m JOIN threads t ON t.id = m.thread_id
      LEFT JOIN commands c ON c.id = m.command_id LEFT JOIN deliveries d ON d.id = c.delivery_id
      LEFT JOIN threads a ON a.id = d.thread_id`,
  );
  const placeOf = new Map(places.map((place) => [place.row, place]));
  const astray = lab.chat.all().filter(({ row, thread }) => {
    const place = placeOf.get(row);
    return place === undefined || place.thread !== thread || (place.asked ?? thread) !== thread;
  });
  const [row] = await lab.sql<{ finals: number; commands: number }>(
    `SELECT (SELECT count(*)::int FROM replies WHERE kind = 'final') AS finals, (SELECT count(*)::int FROM commands) AS commands`,
  );
  return [
    ...twice.map(([thread, found]) => `${found.length} answers to "${lines.get(thread)}"`),
    ...strays.map((thread) => `an answer in ${thread}, where nobody asked`),
    ...astray.map(({ kind, text }) => `a ${kind} in the wrong thread: ${text.slice(0, 60)}`),
    ...(row?.finals === row?.commands && row?.commands === typed.length
      ? []
      : [`${typed.length} lines typed, ${row?.commands} commands, ${row?.finals} final replies`]),
  ];
}

async function bookkeeping(lab: Laboratory, typed: readonly Typed[]): Promise<string[]> {
  const asked = typed.filter(({ line }) => line.startsWith('exec ')).length;
  const ran = lab.place.linesRun();
  const { illegal } = await illegalTransitions(lab.sql);
  const unfenced = await unfencedWrites(lab);
  const causes = await lab.sql<{ id: string; box: string }>(
    `SELECT id, box_id AS box FROM jobs WHERE payload->>'reason' = ANY($1)`,
    [STOP_CAUSES],
  );
  const unasked = causes.filter(({ box }) => !lab.unused.has(box));
  const [memory] = await lab.sql<{ held: number; said: number }>(
    `SELECT (SELECT COALESCE(sum(reserved_mib), 0)::int FROM boxes) AS held, (SELECT COALESCE(sum(reserved_mib), 0)::int FROM capacity) AS said`,
  );
  return [
    ...lab.place.complaints(),
    ...(ran > asked ? [`${ran} lines were run, and ${asked} asked for`] : []),
    ...illegal.map((change) => `an illegal change of state, ${change}`),
    ...unfenced.map((write) => `a write by a worker that held nothing: ${JSON.stringify(write)}`),
    ...unasked.map(({ id }) => `job ${id} stopped a box that nobody asked to stop`),
    ...(memory?.held === memory?.said ? [] : [`boxes hold ${memory?.held} MiB, the budget says ${memory?.said}`]),
    ...(await brokenAudit(lab)),
  ];
}

async function brokenAudit(lab: Laboratory): Promise<string[]> {
  const db = openDatabase(secret(lab.servers.databaseUrl), 1);
  try {
    while ((await db.transaction((tx) => sealAudit(tx))) > 0);
    const { broken } = await firstBrokenLink(db.tx);
    return broken === undefined ? [] : [`the audit does not follow from number ${broken} on`];
  } finally {
    await db.close();
  }
}

async function leaks(lab: Laboratory): Promise<string[]> {
  const redis = new Redis(lab.servers.redisUrl.replace('unix://', ''));
  try {
    const places = {
      database: await dumpDatabase(lab.sql),
      Redis: await dumpRedis(redis),
      log: lab.log(),
      chat: lab.chat
        .all()
        .map(({ text }) => text)
        .join('\n'),
    };
    const secrets = [...PLANTED, ...lab.place.secrets];
    return Object.entries(places).flatMap(([name, text]) =>
      secrets.some((secret) => text.includes(secret)) ? [`a secret in the ${name}`] : [],
    );
  } finally {
    redis.disconnect();
  }
}

function finalsByThread(lab: Laboratory) {
  return Map.groupBy(
    lab.chat.all().filter(({ kind }) => kind === 'final'),
    ({ thread }) => thread,
  );
}
