// The round that removes snapshots: those that people deleted, and those that nobody finished.
import type { Logger } from '../log.ts';
import type { CallContext, Provider } from '../providers/provider.ts';
import type { Database } from '../store/database.ts';
import { noteSnapshotGone, snapshotsToRemove } from '../store/snapshots.ts';

export interface DropSnapshotsOptions {
  db: Database;
  source: { installId: string };
  logger: Logger;
}

const AT_ONCE = 100;

/** A row goes only after the provider has said that the snapshot is gone; what fails is tried again in the next round. `inTime`: a new deadline for each call. */
export async function dropSnapshots(
  { db, source, logger }: DropSnapshotsOptions,
  provider: Provider,
  inTime: () => CallContext,
): Promise<void> {
  if (!provider.takesSnapshots) return;
  for (const snapshotId of await snapshotsToRemove(db.tx, provider.name, AT_ONCE)) {
    try {
      await provider.destroySnapshot({ installId: source.installId, snapshotId }, inTime());
      await noteSnapshotGone(db.tx, snapshotId);
    } catch (error) {
      logger.warn({ snapshot: snapshotId, error }, 'A snapshot could not be removed; the next round tries again');
    }
  }
}
