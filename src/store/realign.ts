// Makes an older database agree with the world, when an operator ends its quarantine. The one place besides `moveBox` that writes states:
// what it writes was seen, not done, so the table of transitions does not apply.
import type { BoxState, DesiredState } from '../boxes/states.ts';
import type { Tx } from './database.ts';
import { newId } from './ids.ts';
import { changeLights } from './lights.ts';
import { closeUsage, openUsage } from './usage.ts';

/** How long a home of a destroyed box stays after the release: somebody may have brought the box back after the backup was taken. */
export const HOMES_STAY_DAYS = 7;

export interface RememberedBox {
  id: string;
  name: string;
  provider: string;
  state: BoxState;
  desired: DesiredState;
  incarnation: number;
  hasHostKey: boolean;
}

/** Every box of the provider that lives, and every destroyed one whose home may be there. */
export async function rememberedBoxes(tx: Tx, provider: string): Promise<RememberedBox[]> {
  return tx.$queryRaw`
    SELECT id, name, provider, state, desired, incarnation, host_private_key IS NOT NULL AS "hasHostKey" FROM boxes
    WHERE provider = ${provider} AND purged_at IS NULL ORDER BY id`;
}

export interface Sighting {
  boxId: string;
  incarnation: number;
  instanceName: string;
  running: boolean;
  endpoint: { host: string; port: number } | undefined;
}

/** The box is what was seen. One that was destroyed gets another name where somebody has its own by now. */
export async function believe(tx: Tx, seen: Sighting): Promise<void> {
  const state = seen.running ? 'running' : 'stopped';
  await tx.$executeRaw`
    UPDATE boxes b SET name = CASE WHEN b.state = 'destroyed' AND EXISTS (
          SELECT 1 FROM boxes o WHERE o.account_id = b.account_id AND o.name = b.name AND o.id <> b.id AND o.state <> 'destroyed')
        THEN left(b.name, 18) || '-' || right(replace(b.id::text, '-', ''), 12) ELSE b.name END,
      state = ${state}, desired = ${state}, state_since = now(), incarnation = ${seen.incarnation}, epoch = epoch + 1,
      error_code = NULL, error_text = NULL, endpoint_host = ${seen.endpoint?.host ?? null}, endpoint_port = ${seen.endpoint?.port ?? null}::int,
      destroyed_at = NULL, purge_after = NULL, keep_told_at = NULL, stop_at = NULL, stop_cause = NULL, warned_at = NULL,
      activity = 'unknown', activity_since = NULL, activity_why = NULL, config_wanted = config_wanted + 1
    WHERE id = ${seen.boxId}::uuid`;
  await tx.$executeRaw`
    INSERT INTO instances (id, box_id, incarnation, name)
    VALUES (${newId()}::uuid, ${seen.boxId}::uuid, ${seen.incarnation}, ${seen.instanceName})
    ON CONFLICT (name) DO UPDATE SET gone_at = NULL`;
  await tx.$executeRaw`
    INSERT INTO ports (provider, port, box_id) SELECT provider, ssh_port, id FROM boxes
    WHERE id = ${seen.boxId}::uuid AND ssh_port IS NOT NULL ON CONFLICT DO NOTHING`;
  if (seen.running) await openUsage(tx, seen.boxId);
  else await closeUsage(tx, seen.boxId);
  await changeLights(tx, seen.boxId);
}

/** The box has no instance: it is not made again until its owner says so. */
export async function believeMissing(tx: Tx, boxId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE boxes SET state = 'error', desired = 'stopped', state_since = now(), epoch = epoch + 1, endpoint_host = NULL, endpoint_port = NULL,
      stop_at = NULL, stop_cause = NULL, warned_at = NULL, error_code = 'missing',
      error_text = 'There is none of it since the records of this installation were brought back. Start makes it again, on its home if that is still there.'
    WHERE id = ${boxId}::uuid AND state <> 'destroyed'`;
  await closeUsage(tx, boxId);
  await changeLights(tx, boxId);
}

/** Homes of destroyed boxes stay a while longer, what boxes hold of the host is counted anew, and time only of those that run. */
export async function settleBooks(tx: Tx): Promise<void> {
  await tx.$executeRaw`
    UPDATE boxes SET purge_after = GREATEST(purge_after, now() + ${HOMES_STAY_DAYS} * interval '1 day'), keep_told_at = NULL
    WHERE state = 'destroyed' AND purged_at IS NULL`;
  await tx.$executeRaw`UPDATE boxes SET reserved_mib = CASE WHEN state = 'running' THEN memory_mib ELSE 0 END WHERE state <> 'destroyed'`;
  await tx.$executeRaw`
    UPDATE capacity c SET reserved_mib = (SELECT COALESCE(sum(b.reserved_mib), 0) FROM boxes b WHERE b.provider = c.provider)`;
  await tx.$executeRaw`
    UPDATE usage u SET ended_at = GREATEST(now(), u.started_at) FROM boxes b WHERE b.id = u.box_id AND b.state <> 'running' AND u.ended_at IS NULL`;
}
