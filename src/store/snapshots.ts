// Snapshots of homes: the names that people know them by, and what is being made, kept and removed.
import { nextName } from '../boxes/names.ts';
import type { Tx } from './database.ts';
import { newId } from './ids.ts';
import { Prisma } from './prisma/client.ts';
import { NOT_QUARANTINED } from './quarantine.ts';

export interface Snapshot {
  /** The provider knows it by this. */
  id: string;
  accountId: string;
  boxId: string;
  /** What its origin was called last; that box may be destroyed. */
  boxName: string;
  name: string;
  provider: string;
  /** Of the home that it was taken of; no home that is made of it may be smaller. */
  homeGiB: number;
  /** Where its origin lies, and so it; null of providers without regions, and where nobody wrote it down. */
  region: string | null;
  /** What it takes up, and the moment when it was whole; null while it is made. */
  bytes: bigint | null;
  madeAt: Date | null;
  state: 'making' | 'kept';
}

const COLUMNS = Prisma.raw(`
  s.id, s.account_id AS "accountId", s.box_id AS "boxId", b.name AS "boxName", s.name, s.provider, s.home_gib AS "homeGiB", b.region,
  s.bytes, s.made_at AS "madeAt", s.state`);

/** Of a snapshot `s`: somebody makes it, or may do so still. */
const BEING_MADE = Prisma.sql`
  EXISTS (SELECT 1 FROM jobs j WHERE j.box_id = s.box_id AND j.kind = 'snapshot' AND j.payload ->> 'snapshot' = s.id::text
    AND j.state IN ('queued', 'running', 'cancelling'))`;

/** The account's snapshots, those that are being made among them, the oldest first. */
export async function snapshotsOf(tx: Tx, accountId: string): Promise<Snapshot[]> {
  return tx.$queryRaw`
    SELECT ${COLUMNS} FROM snapshots s JOIN boxes b ON b.id = s.box_id
    WHERE s.account_id = ${accountId}::uuid AND s.state <> 'removing' ORDER BY s.id`;
}

export async function snapshotName(tx: Tx, id: string): Promise<string | undefined> {
  const [row] = await tx.$queryRaw<{ name: string }[]>`SELECT name FROM snapshots WHERE id = ${id}::uuid`;
  return row?.name;
}

/** Makes the row of one that is wanted, and returns its id. The caller has locked its account, so that the name and the limit hold. */
export async function insertSnapshot(
  tx: Tx,
  wanted: Pick<Snapshot, 'accountId' | 'boxId' | 'name' | 'provider' | 'homeGiB'>,
): Promise<string> {
  const id = newId();
  await tx.snapshot.create({ data: { id, ...wanted, state: 'making' } });
  return id;
}

/** It is whole; false when it is not wanted any more. */
export async function noteSnapshotMade(tx: Tx, id: string, bytes: number): Promise<boolean> {
  const changed = await tx.$executeRaw`
    UPDATE snapshots SET state = 'kept', bytes = ${bytes}, made_at = now() WHERE id = ${id}::uuid AND state = 'making'`;
  return changed === 1;
}

/** What that job was to make, if it is one that makes snapshots, is not wanted any more; its name is free at once. */
export async function giveSnapshotUp(tx: Tx, jobId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE snapshots s SET state = 'removing' FROM jobs j
    WHERE j.id = ${jobId}::uuid AND j.payload ->> 'snapshot' = s.id::text AND s.box_id = j.box_id AND s.state = 'making'`;
}

/** Boxes that are being made of it now; while there are any it has to stay. */
export async function boxesMadeOf(tx: Tx, id: string): Promise<string[]> {
  const rows = await tx.$queryRaw<{ name: string }[]>`
    SELECT name FROM boxes WHERE home_from = ${id}::uuid AND desired <> 'destroyed' AND state IN ('requested', 'provisioning') ORDER BY name`;
  return rows.map(({ name }) => name);
}

/** Has it removed in the next round; false when it is not kept, or not that account's. The caller has locked its account. */
export async function removeSnapshot(tx: Tx, accountId: string, id: string): Promise<boolean> {
  const changed = await tx.$executeRaw`
    UPDATE snapshots SET state = 'removing' WHERE id = ${id}::uuid AND account_id = ${accountId}::uuid AND state = 'kept'`;
  return changed === 1;
}

/** Snapshots of the provider that are to go and that nobody works on, those that nobody makes any more among them. Undone where the house is in quarantine. */
export async function snapshotsToRemove(tx: Tx, provider: string, limit: number): Promise<string[]> {
  await tx.$executeRaw`
    UPDATE snapshots s SET state = 'removing' WHERE s.provider = ${provider} AND s.state = 'making' AND NOT ${BEING_MADE} AND ${NOT_QUARANTINED}`;
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT s.id FROM snapshots s WHERE s.provider = ${provider} AND s.state = 'removing' AND NOT ${BEING_MADE} AND ${NOT_QUARANTINED}
    ORDER BY s.id LIMIT ${limit}`;
  return rows.map(({ id }) => id);
}

/** The provider has removed it. */
export async function noteSnapshotGone(tx: Tx, id: string): Promise<void> {
  await tx.$executeRaw`DELETE FROM snapshots WHERE id = ${id}::uuid AND state = 'removing'`;
}

/** Moves those of one account to the other; one whose name the other has as well gets the next number. Both accounts are locked. */
export async function mergeSnapshots(tx: Tx, from: string, into: string): Promise<void> {
  const [theirs, all] = [await snapshotsOf(tx, into), await snapshotsOf(tx, from)];
  const taken = [...theirs, ...all].map(({ name }) => name);
  for (const { id, name } of all) {
    const isTwin = theirs.some((other) => other.name === name);
    const free = isTwin ? nextName(name, taken, 2) : name;
    if (isTwin) taken.push(free);
    await tx.$executeRaw`UPDATE snapshots SET account_id = ${into}::uuid, name = ${free} WHERE id = ${id}::uuid`;
  }
  await tx.$executeRaw`UPDATE snapshots SET account_id = ${into}::uuid WHERE account_id = ${from}::uuid`;
}
