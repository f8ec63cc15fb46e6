// Boxes: reading them, making them, and moving them from state to state under the guard of the transition table.
import { BOX_ID_PATTERN } from '../boxes/names.ts';
import type { SizeName } from '../boxes/sizes.ts';
import { type BoxState, type DesiredState, statesBefore } from '../boxes/states.ts';
import type { Tx } from './database.ts';
import { changeLights } from './lights.ts';
import { beginLife } from './lives.ts';
import { Prisma } from './prisma/client.ts';

export interface Box {
  id: string;
  accountId: string;
  name: string;
  provider: string;
  size: SizeName | 'custom';
  cpus: number;
  memoryMiB: number;
  homeGiB: number;
  pids: number;
  desired: DesiredState;
  state: BoxState;
  stateSince: Date;
  incarnation: number;
  /** The provider's own id of that instance, once it was up. */
  instanceRef: string | null;
  epoch: bigint;
  errorCode: string | null;
  errorText: string | null;
  hostPublicKey: string;
  hostPrivateKey: Uint8Array | null;
  sshPort: number | null;
  endpointHost: string | null;
  endpointPort: number | null;
  reservedMiB: number;
  idleMinutes: number | null;
  homeThreadId: string | null;
  homeUsedBytes: bigint | null;
  configWanted: number;
  configApplied: number;
  createdAt: Date;
  lastUsedAt: Date | null;
  /** When it was stopped because nobody used it, until it runs again. */
  sleptAt: Date | null;
  /** Whether a connection starts it. */
  wakes: boolean;
  /** When it is to stop by itself. */
  stopAt: Date | null;
  /** When its owner was warned of that. */
  warnedAt: Date | null;
  purgeAfter: Date | null;
  /** The snapshot that its home was made of, which may be gone by now. */
  homeFrom: string | null;
  /** Where it lies, or is to lie where somebody asked for it; null where nobody did and it has no home yet, and of providers without regions. */
  region: string | null;
  /** What somebody asked its instance to be made of. */
  image: string | null;
  /** The most that its machine may cost an hour, in its provider's currency; null where nobody confirmed a price. */
  mostHourly: number | null;
}

const COLUMNS = Prisma.raw(`
  b.id, b.account_id AS "accountId", b.name, b.provider, b.size, b.cpus, b.memory_mib AS "memoryMiB", b.home_gib AS "homeGiB", b.pids,
  b.desired, b.state, b.state_since AS "stateSince", b.incarnation, b.epoch, b.error_code AS "errorCode", b.error_text AS "errorText",
  b.host_public_key AS "hostPublicKey", b.host_private_key AS "hostPrivateKey", b.ssh_port AS "sshPort",
  b.endpoint_host AS "endpointHost", b.endpoint_port AS "endpointPort", b.reserved_mib AS "reservedMiB",
  b.idle_minutes AS "idleMinutes", b.home_thread_id AS "homeThreadId", b.home_used_bytes AS "homeUsedBytes",
  b.config_wanted AS "configWanted", b.config_applied AS "configApplied", b.created_at AS "createdAt",
  b.last_used_at AS "lastUsedAt", b.slept_at AS "sleptAt", b.wakes, b.stop_at AS "stopAt", b.warned_at AS "warnedAt", b.purge_after AS "purgeAfter",
  b.home_from AS "homeFrom", b.region, b.image, b.most_hourly AS "mostHourly",
  (SELECT i.ref FROM instances i WHERE i.box_id = b.id AND i.incarnation = b.incarnation) AS "instanceRef"`);

export async function liveBoxes(tx: Tx, accountId: string): Promise<Box[]> {
  return tx.$queryRaw`SELECT ${COLUMNS} FROM boxes b WHERE b.account_id = ${accountId}::uuid AND b.state <> 'destroyed' ORDER BY b.name`;
}

/** The account's live box of that name or id. */
export async function boxByName(tx: Tx, accountId: string, name: string): Promise<Box | undefined> {
  const named = BOX_ID_PATTERN.test(name) ? Prisma.sql`b.id = ${name}::uuid` : Prisma.sql`b.name = ${name}`;
  const [box] = await tx.$queryRaw<Box[]>`
    SELECT ${COLUMNS} FROM boxes b WHERE b.account_id = ${accountId}::uuid AND ${named} AND b.state <> 'destroyed'`;
  return box;
}

export async function boxById(tx: Tx, id: string): Promise<Box | undefined> {
  const [box] = await tx.$queryRaw<Box[]>`SELECT ${COLUMNS} FROM boxes b WHERE b.id = ${id}::uuid`;
  return box;
}

export async function lockBox(tx: Tx, id: string): Promise<Box | undefined> {
  const [box] = await tx.$queryRaw<Box[]>`SELECT ${COLUMNS} FROM boxes b WHERE b.id = ${id}::uuid FOR UPDATE`;
  return box;
}

/** Live boxes of the accounts that list this access key, with the name of each box's owner. */
export async function boxesOpenedBy(tx: Tx, fingerprint: string): Promise<(Box & { owner: string })[]> {
  return tx.$queryRaw`
    SELECT ${COLUMNS}, a.name AS owner FROM boxes b JOIN accounts a ON a.id = b.account_id
    WHERE b.state <> 'destroyed' AND b.account_id IN (SELECT account_id FROM access_keys WHERE fingerprint = ${fingerprint})
    ORDER BY b.name, b.id`;
}

export type NewBox = Pick<
  Box,
  | 'id'
  | 'accountId'
  | 'name'
  | 'provider'
  | 'size'
  | 'cpus'
  | 'memoryMiB'
  | 'homeGiB'
  | 'pids'
  | 'hostPublicKey'
  | 'sshPort'
  | 'idleMinutes'
  | 'homeFrom'
  | 'region'
  | 'image'
  | 'mostHourly'
> & { hostPrivateKey: Uint8Array<ArrayBuffer>; homeThreadId: string; now: Date };

/** Makes the row of a box that is wanted. The caller has locked its account, so that no other spinup takes the name. */
export async function insertBox(tx: Tx, box: NewBox): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO boxes (id, account_id, name, provider, size, cpus, memory_mib, home_gib, pids, desired, state, state_since, host_public_key,
      host_private_key, ssh_port, idle_minutes, home_thread_id, created_at, reserved_mib, home_from,
      region, image, most_hourly)
    VALUES (${box.id}::uuid, ${box.accountId}::uuid, ${box.name}, ${box.provider}, ${box.size}, ${box.cpus}, ${box.memoryMiB}, ${box.homeGiB},
      ${box.pids}, 'running', 'requested', ${box.now}, ${box.hostPublicKey}, ${box.hostPrivateKey}, ${box.sshPort}, ${box.idleMinutes},
      ${box.homeThreadId}::uuid, ${box.now}, ${box.memoryMiB}, ${box.homeFrom}::uuid,
      ${box.region}, ${box.image}, ${box.mostHourly}::float8)`;
}

/** What people want of it; false when the box is destroyed, or about to be and something else is asked. */
export async function desire(tx: Tx, boxId: string, desired: DesiredState): Promise<boolean> {
  const changed = await tx.$executeRaw`
    UPDATE boxes SET desired = ${desired}
    WHERE id = ${boxId}::uuid AND state <> 'destroyed' AND (desired <> 'destroyed' OR ${desired} = 'destroyed')`;
  return changed === 1;
}

export interface Move {
  boxId: string;
  /** The epoch of the job that asks; a later claim makes this write fail. */
  epoch: bigint;
  to: BoxState;
  error?: { code: string; text: string };
  endpoint?: { host: string; port: number } | null;
  configApplied?: number;
}

/** Enters a state when the table allows it and no later job has taken over; false when nothing was written. */
export async function moveBox(tx: Tx, move: Move): Promise<boolean> {
  const from = statesBefore(move.to);
  const endpoint = move.endpoint;
  const changed = await tx.$executeRaw`
    UPDATE boxes SET state = ${move.to}, state_since = now(),
      error_code = ${move.error?.code ?? null}, error_text = ${move.error?.text ?? null},
      endpoint_host = CASE WHEN ${endpoint !== undefined} THEN ${endpoint?.host ?? null} ELSE endpoint_host END,
      endpoint_port = CASE WHEN ${endpoint !== undefined} THEN ${endpoint?.port ?? null}::int ELSE endpoint_port END,
      config_applied = GREATEST(config_applied, ${move.configApplied ?? 0})
    WHERE id = ${move.boxId}::uuid AND epoch = ${move.epoch} AND state = ANY(${from}) AND state <> 'destroyed'`;
  if (changed === 1 && move.to === 'running') await beginLife(tx, move.boxId);
  if (changed === 1) await changeLights(tx, move.boxId);
  return changed === 1;
}

/** Until `purgeAfter` the box can come back, so its host key stays; `keepMs` is 0 where it cannot. */
export interface Ending {
  purgeAfter: Date;
  keepMs: number;
}

/** The last write to a destroyed box: nothing reserved stays, and nothing secret unless it can come back. */
export async function markDestroyed(tx: Tx, boxId: string, epoch: bigint, ending: Ending): Promise<boolean> {
  const changed = await tx.$executeRaw`
    UPDATE boxes SET state = 'destroyed', state_since = now(), destroyed_at = now(), reserved_mib = 0,
      host_private_key = CASE WHEN ${ending.keepMs > 0} THEN host_private_key END,
      error_code = NULL, error_text = NULL, endpoint_host = NULL, endpoint_port = NULL,
      stop_at = NULL, stop_cause = NULL, warned_at = NULL, extended_until = NULL,
      -- The clock of whoever writes this may be behind.
      purge_after = GREATEST(${ending.purgeAfter}, now() + ${ending.keepMs} * interval '1 millisecond'), keep_told_at = NULL
    WHERE id = ${boxId}::uuid AND epoch = ${epoch} AND state = ANY(${statesBefore('destroyed')})`;
  if (changed === 1) await changeLights(tx, boxId);
  return changed === 1;
}

/** Where its home lies, once that is known; guarded like every write of a worker. */
export async function noteRegion(tx: Tx, boxId: string, epoch: bigint, region: string): Promise<void> {
  await tx.$executeRaw`UPDATE boxes SET region = ${region} WHERE id = ${boxId}::uuid AND epoch = ${epoch} AND state <> 'destroyed'`;
}

/** Another port for a box that has not been up yet; guarded like every write of a worker. */
export async function usePort(tx: Tx, boxId: string, epoch: bigint, port: number): Promise<void> {
  await tx.$executeRaw`UPDATE boxes SET ssh_port = ${port} WHERE id = ${boxId}::uuid AND epoch = ${epoch} AND state = 'provisioning'`;
}

/** Raises the incarnation, so that the next create makes a new instance; guarded like every write of a worker. */
export async function nextIncarnation(tx: Tx, boxId: string, epoch: bigint): Promise<boolean> {
  const changed = await tx.$executeRaw`
    UPDATE boxes SET incarnation = incarnation + 1 WHERE id = ${boxId}::uuid AND epoch = ${epoch} AND state <> 'destroyed'`;
  return changed === 1;
}

export async function noteConfigured(tx: Tx, boxId: string, revision: number): Promise<void> {
  await tx.$executeRaw`UPDATE boxes SET config_applied = GREATEST(config_applied, ${revision}) WHERE id = ${boxId}::uuid`;
}

export async function noteUsed(tx: Tx, boxId: string, at: Date): Promise<void> {
  await tx.$executeRaw`UPDATE boxes SET last_used_at = GREATEST(last_used_at, ${at}) WHERE id = ${boxId}::uuid`;
}

/** Writes only when the figure changed by more than 1 MiB, so that an unchanged observation costs no write. */
export async function noteHomeUsed(tx: Tx, boxId: string, bytes: number): Promise<void> {
  await tx.$executeRaw`
    UPDATE boxes SET home_used_bytes = ${bytes}
    WHERE id = ${boxId}::uuid AND abs(COALESCE(home_used_bytes, -10000000) - ${bytes}) > 1048576`;
}
