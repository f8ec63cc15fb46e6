// Quarantine as the worker keeps it: noticing an older database, looking without touching, and setting things right at the release.
import type { Logger } from '../log.ts';
import { instanceName } from '../providers/names.ts';
import type { InstanceView, Provider } from '../providers/provider.ts';
import type { Wakes } from '../queue/wakes.ts';
import type { Database } from '../store/database.ts';
import { keepOrphans, noteOrphans, ownersOf } from '../store/instances.ts';
import { cancelAll, closePast } from '../store/past.ts';
import {
  endQuarantine,
  enterQuarantine,
  noteReport,
  type Quarantine,
  quarantineOf,
  releaseAsked,
} from '../store/quarantine.ts';
import { believe, believeMissing, rememberedBoxes, settleBooks } from '../store/realign.ts';
import { type MarkFile, markOf, olderThanMark } from './mark.ts';
import { type Change, realign, sentenceOf } from './realign.ts';
import { withoutOwner } from './reap-plan.ts';

export interface QuarantineOptions {
  db: Database;
  wakes: Wakes;
  providers: ReadonlyMap<string, Provider>;
  source: { installId: string };
  logger: Logger;
  /** Without one only `restore` and the world itself tell of an older database. */
  mark?: MarkFile | undefined;
}

/** Differences that are written out for operators. */
const MOST_NAMED = 20;
const HOW_TO_END = 'An operator looks with "admin quarantine" or "shellbox quarantine", and releases the house there.';

/** Enters quarantine when the database is older than the mark; what it holds then. To be called before anything is begun. */
export async function checkMark({ db, wakes, logger, mark }: QuarantineOptions): Promise<Quarantine | undefined> {
  const known = await quarantineOf(db.tx);
  const seen = await mark?.read();
  if (known !== undefined || seen === undefined) return known;
  const detail = await olderThanMark(db.tx, seen);
  if (detail === undefined) return undefined;
  const lanes = await db.transaction(async (tx) => {
    if (!(await enterQuarantine(tx, 'older', detail))) return [];
    await closePast(tx, seen.at);
    return cancelAll(tx);
  });
  await wakes.wakeLanes(lanes);
  logger.error(
    { detail },
    `This database is older than what was seen here: nothing is done until it is released. ${HOW_TO_END}`,
  );
  return quarantineOf(db.tx);
}

/** To be called after each round that ended well: what was seen so far. */
export async function leaveMark({ db, mark, source, logger }: QuarantineOptions): Promise<void> {
  const now = mark === undefined ? undefined : await markOf(db.tx, source.installId);
  if (now === undefined) return;
  await mark?.write(now).catch((error: unknown) => {
    logger.warn(
      { error },
      'What was seen of the database could not be written down; an older one would not be noticed by that',
    );
  });
}

/** The world holds what only a newer database can have asked for. */
export async function fallBehind(
  { db, wakes, logger }: QuarantineOptions,
  provider: Provider,
  ahead: readonly InstanceView[],
): Promise<void> {
  const names = ahead.map((instance) => instance.instanceName);
  const detail = `${provider.title} has ${names.slice(0, MOST_NAMED).join(', ')}, which this database never asked for.`;
  const lanes = await db.transaction(async (tx) => ((await enterQuarantine(tx, 'ahead', detail)) ? cancelAll(tx) : []));
  await wakes.wakeLanes(lanes);
  logger.error(
    { provider: provider.name, instances: names },
    `Instances that only a newer database can have asked for: nothing is done until it is released. ${HOW_TO_END}`,
  );
}

/** One round in quarantine: what differs is written down for operators, and set right when one has released the house. */
export async function lookInQuarantine(options: QuarantineOptions, deadline: () => AbortSignal): Promise<void> {
  const { db, wakes, logger, providers, source } = options;
  const silent: string[] = [];
  const changes: Change[] = [];
  for (const provider of providers.values()) {
    try {
      const found = await seenAt(options, provider, { signal: deadline() });
      changes.push(...realign(source.installId, await rememberedBoxes(db.tx, provider.name), found));
    } catch (error) {
      silent.push(provider.name);
      logger.warn({ provider: provider.name, error }, 'A provider could not be looked over; the quarantine goes on');
    }
  }
  const differences = changes.slice(0, MOST_NAMED).map(sentenceOf);
  await noteReport(db.tx, { silent, differences, count: changes.length });
  const actor = await releaseAsked(db.tx);
  if (actor === undefined || silent.length > 0) {
    logger.warn({ differences: changes.length, silent }, `In quarantine: nothing is done. ${HOW_TO_END}`);
    return;
  }
  const lanes = await db.transaction(async (tx) => {
    const cancelled = await cancelAll(tx);
    for (const change of changes) {
      if (change.kind === 'missing') await believeMissing(tx, change.box.id);
      else await believe(tx, { ...change.instance, boxId: change.box.id });
    }
    await settleBooks(tx);
    await keepOrphans(tx);
    await endQuarantine(tx, actor);
    return cancelled;
  });
  await wakes.wakeLanes(lanes);
  logger.warn({ actor, changes: changes.map(sentenceOf) }, 'The quarantine is over');
}

/** What the provider lists, and what it has of our boxes besides: a list may lag, and even be empty. */
async function seenAt(
  { db, source }: QuarantineOptions,
  provider: Provider,
  context: { signal: AbortSignal },
): Promise<InstanceView[]> {
  const { installId } = source;
  const listed = await provider.list(installId, context);
  const names = listed.map((instance) => instance.instanceName);
  const owners = new Map((await ownersOf(db.tx, names)).map((owner) => [owner.name, owner]));
  const unowned = withoutOwner({ installId, found: listed, owners });
  await noteOrphans(
    db.tx,
    provider.name,
    unowned.map((instance) => ({ name: instance.instanceName, ref: instance.ref })),
    0,
  );
  const found = [...listed];
  for (const { id: boxId, incarnation, state } of await rememberedBoxes(db.tx, provider.name)) {
    // An older one that is listed may be a leftover beside the box's own, which the list does not show yet.
    const isListed = listed.some((instance) => instance.boxId === boxId && instance.incarnation >= incarnation);
    if (state === 'destroyed' || isListed) continue;
    const ref = { installId, boxId, incarnation, instanceName: instanceName(installId, boxId, incarnation) };
    const view = await provider.inspect(ref, context);
    if (view !== undefined) found.push(view);
  }
  return found;
}
