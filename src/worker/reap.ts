// Instances that no box owns: removed after two looks and a grace period, never many at once, never on a doubtful list.
import type { InstanceView, Provider } from '../providers/provider.ts';
import { closeInstance, markOrphanRemoved, noteOrphans, ownersOf } from '../store/instances.ts';
import type { ReconcilerOptions } from './reconcile.ts';

/** Above this share of what exists nothing unknown is removed: an operator has to look. */
const MOST_SHARE = 0.1;
const LOOKS = 2;

export interface ReapOptions extends Pick<ReconcilerOptions, 'db' | 'logger' | 'orphanGraceMs'> {
  source: { installId: string };
  /** Looks closer together than this count as one, so that rounds of two processes in a row prove nothing. */
  looksApartMs?: number;
}

/** `found` is a certain list; an empty one yields nothing to do. */
export async function reap(
  options: ReapOptions,
  provider: Provider,
  found: readonly InstanceView[],
  context: { signal: AbortSignal },
): Promise<void> {
  const { db, logger, source } = options;
  const owners = new Map(
    (
      await ownersOf(
        db.tx,
        found.map((instance) => instance.instanceName),
      )
    ).map((owner) => [owner.name, owner]),
  );
  const unowned = found.filter((instance) => {
    const owner = owners.get(instance.instanceName);
    return owner === undefined || (!owner.busy && (owner.state === 'destroyed' || !owner.current));
  });
  const seen = await noteOrphans(
    db.tx,
    provider.name,
    unowned.map((instance) => ({ name: instance.instanceName, ref: instance.ref })),
    options.looksApartMs ?? 0,
  );
  // What we wrote down before it was made, and whose box has gone on without it, is ours for certain.
  const ours = seen.filter((orphan) => orphan.looks >= LOOKS && owners.has(orphan.name));
  const graceMs = provider.longestCreateMs + options.orphanGraceMs;
  const unknown = seen.filter((orphan) => orphan.looks >= LOOKS && !owners.has(orphan.name) && orphan.ageMs >= graceMs);
  const tooMany = unknown.length > found.length * MOST_SHARE;
  if (tooMany) {
    logger.error(
      { provider: provider.name, unknown: unknown.length, instances: found.length },
      'Too many instances without a box: none is removed until an operator has looked',
    );
  }
  const ripe = tooMany ? ours : [...ours, ...unknown];
  for (const orphan of ripe) {
    const instance = unowned.find((one) => one.instanceName === orphan.name);
    if (instance === undefined) continue;
    await provider.destroy(
      {
        installId: source.installId,
        boxId: instance.boxId,
        incarnation: instance.incarnation,
        instanceName: instance.instanceName,
      },
      context,
    );
    await closeInstance(db.tx, instance.instanceName);
    await markOrphanRemoved(db.tx, provider.name, instance.instanceName);
    logger.warn({ provider: provider.name, instance: instance.instanceName }, 'An instance without a box was removed');
  }
}
