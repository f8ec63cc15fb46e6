// The memory budget of a provider, its port range and how many boxes it has; each costs the same with ten boxes and with ten thousand.
import type { Tx } from './database.ts';

/** Makes the provider's row; may be called twice. */
export async function ensureCapacity(tx: Tx, provider: string): Promise<void> {
  await tx.$executeRaw`INSERT INTO capacity (provider) VALUES (${provider}) ON CONFLICT DO NOTHING`;
}

/** Takes memory from the budget, atomically; false when it does not fit. The caller writes the box's `reserved_mib`. */
export async function takeMemory(
  tx: Tx,
  provider: string,
  memoryMiB: number,
  budgetMiB: number | undefined,
): Promise<boolean> {
  const taken = await tx.$executeRaw`
    UPDATE capacity SET reserved_mib = reserved_mib + ${memoryMiB}
    WHERE provider = ${provider} AND (${budgetMiB ?? null}::bigint IS NULL OR reserved_mib + ${memoryMiB} <= ${budgetMiB ?? null}::bigint)`;
  return taken === 1;
}

/** Whether the provider has that many boxes, or more: those that are not destroyed, and those whose homes are still there, which cost, too. */
export async function hasAsManyAs(tx: Tx, provider: string, boxes: number): Promise<boolean> {
  const found = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM boxes WHERE provider = ${provider} AND purged_at IS NULL LIMIT ${boxes}::int`;
  return found.length >= boxes;
}

/** Reserves for a stopped box that is to run again; true when it holds its memory afterwards. */
export async function reserve(
  tx: Tx,
  boxId: string,
  provider: string,
  memoryMiB: number,
  budgetMiB: number | undefined,
): Promise<boolean> {
  const [box] = await tx.$queryRaw<
    { reserved: number }[]
  >`SELECT reserved_mib AS reserved FROM boxes WHERE id = ${boxId}::uuid FOR UPDATE`;
  if (box === undefined) return false;
  if (box.reserved > 0) return true;
  if (!(await takeMemory(tx, provider, memoryMiB, budgetMiB))) return false;
  await tx.$executeRaw`UPDATE boxes SET reserved_mib = ${memoryMiB} WHERE id = ${boxId}::uuid`;
  return true;
}

/** Gives back what the box holds; nothing when it holds nothing. */
export async function release(tx: Tx, boxId: string): Promise<void> {
  await tx.$executeRaw`
    WITH held AS (SELECT id, provider, reserved_mib FROM boxes WHERE id = ${boxId}::uuid AND reserved_mib > 0 FOR UPDATE),
      freed AS (UPDATE boxes SET reserved_mib = 0 FROM held WHERE boxes.id = held.id)
    UPDATE capacity SET reserved_mib = capacity.reserved_mib - held.reserved_mib FROM held WHERE capacity.provider = held.provider`;
}

/**
 * Gives the box a port of the range that no other box of the provider has, going round from the last one given. The row lock
 * keeps two spinups from the same port; undefined when all are taken. The inner query is one that the planner
 * cannot turn into a join, which would lose the order.
 */
export async function takePort(
  tx: Tx,
  boxId: string,
  provider: string,
  range: { first: number; last: number },
): Promise<number | undefined> {
  const size = range.last - range.first + 1;
  const [row] = await tx.$queryRaw<{ port: number }[]>`
    WITH cursor AS (
        SELECT CASE WHEN next_port BETWEEN ${range.first}::int AND ${range.last}::int THEN next_port - ${range.first}::int ELSE 0 END AS start
        FROM capacity WHERE provider = ${provider} FOR UPDATE)
    INSERT INTO ports (provider, port, box_id)
    SELECT ${provider}, p.port, ${boxId}::uuid
    FROM cursor, (SELECT generate_series(0, ${size - 1}::int) AS step) AS steps,
      LATERAL (SELECT ${range.first}::int + (cursor.start + step) % ${size}::int AS port) AS p
    WHERE (SELECT t.port FROM ports t WHERE t.provider = ${provider} AND t.port = p.port) IS NULL
    LIMIT 1 RETURNING port`;
  if (row === undefined) return undefined;
  await tx.$executeRaw`UPDATE capacity SET next_port = ${row.port + 1} WHERE provider = ${provider}`;
  return row.port;
}

/** Gives the box this port; false when another box of the provider has it. */
export async function takeThisPort(tx: Tx, boxId: string, provider: string, port: number): Promise<boolean> {
  const taken = await tx.$executeRaw`
    INSERT INTO ports (provider, port, box_id) VALUES (${provider}, ${port}, ${boxId}::uuid) ON CONFLICT DO NOTHING`;
  return taken === 1;
}

/** Gives the box's port back, when it has one. */
export async function givePortBack(
  tx: Tx,
  box: { id: string; provider: string; sshPort: number | null },
): Promise<void> {
  if (box.sshPort === null) return;
  await tx.$executeRaw`DELETE FROM ports WHERE provider = ${box.provider} AND port = ${box.sshPort} AND box_id = ${box.id}::uuid`;
}
