// Instances that no box owns: ours are removed, a few at a time; those that nobody here asked for are kept until an operator has looked.
import type { InstanceView, Provider } from '../providers/provider.ts';
import {
  closeInstance,
  databaseBegan,
  incarnationsOf,
  keptOrphans,
  markOrphanRemoved,
  noteOrphans,
  ownersOf,
} from '../store/instances.ts';
import { quarantineOf } from '../store/quarantine.ts';
import { fallBehind, type QuarantineOptions } from './quarantine.ts';
import { aheadOfBooks, isOurs, planReap, type World, withoutOwner } from './reap-plan.ts';

/** Far more than an engine takes that is well; of some that hang, the rest of a round is left for others. */
const REMOVE_MS = 15_000;

export interface ReapOptions extends QuarantineOptions {
  /** How long the removal of one instance may take, milliseconds; 15,000 when left out. */
  removeMs?: number;
  /** Looks closer together than this count as one, so that rounds of two processes in a row prove nothing. */
  looksApartMs?: number;
}

/**
 * `found` is a certain list; an empty one yields nothing to do. False when it holds what only a newer database can have asked for:
 * then the house is in quarantine, and nothing was removed.
 */
export async function reap(
  options: ReapOptions,
  provider: Provider,
  found: readonly InstanceView[],
  context: { signal: AbortSignal },
): Promise<boolean> {
  const { db, logger, source } = options;
  const { installId } = source;
  const names = found.map((instance) => instance.instanceName);
  const owners = new Map((await ownersOf(db.tx, names)).map((owner) => [owner.name, owner]));
  const world: World = { installId, found, owners };
  const unowned = withoutOwner(world);
  const ahead = await aheadOf(options, provider, world, unowned);
  const seen = await noteOrphans(
    db.tx,
    provider.name,
    unowned.map((instance) => ({ name: instance.instanceName, ref: instance.ref })),
    options.looksApartMs ?? 0,
  );
  if (ahead.length > 0) {
    await fallBehind(options, provider, ahead);
    return false;
  }
  const plan = planReap(world, unowned, seen);
  if (plan.tooMany.length > 0)
    logger.error(
      { provider: provider.name, orphans: plan.tooMany.length, instances: found.length },
      'Too many instances without a box: none is removed until an operator has looked, with "admin orphans"',
    );
  if (plan.unknown.length > 0)
    logger.warn(
      { provider: provider.name, instances: plan.unknown.map((instance) => instance.instanceName) },
      'Instances with our tag that this database never asked for: they stay until an operator has looked, with "admin orphans"',
    );
  for (const instance of plan.remove) {
    // Another provider's round may have noticed something meanwhile.
    if ((await quarantineOf(db.tx)) !== undefined) return false;
    await remove(options, provider, instance, context);
  }
  return true;
}

/** One that cannot be removed now keeps nothing else waiting; the next round tries again. */
async function remove(
  { db, logger, source, removeMs = REMOVE_MS }: ReapOptions,
  provider: Provider,
  { boxId, incarnation, instanceName }: InstanceView,
  context: { signal: AbortSignal },
): Promise<void> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(removeMs)]);
  try {
    await provider.destroy({ installId: source.installId, boxId, incarnation, instanceName }, { signal });
  } catch (error) {
    logger.warn({ provider: provider.name, instance: instanceName, error }, 'An orphan could not be removed yet');
    return;
  }
  await closeInstance(db.tx, instanceName);
  await markOrphanRemoved(db.tx, provider.name, instanceName);
  logger.warn({ provider: provider.name, instance: instanceName }, 'An instance without a box was removed');
}

async function aheadOf(
  { db }: ReapOptions,
  provider: Provider,
  world: World,
  unowned: readonly InstanceView[],
): Promise<InstanceView[]> {
  const strangers = unowned.filter((one) => !world.owners.has(one.instanceName) && isOurs(one, world.installId));
  if (strangers.length === 0) return [];
  return aheadOfBooks(world, {
    beganAtMs: (await databaseBegan(db.tx)).getTime(),
    incarnations: await incarnationsOf(
      db.tx,
      strangers.map(({ boxId }) => boxId),
    ),
    kept: await keptOrphans(db.tx, provider.name),
  });
}
