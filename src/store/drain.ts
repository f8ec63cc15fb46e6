// Draining: operators let running boxes go on and have no other one come up.
import type { Tx } from './database.ts';

const KEY = 'drain';

export async function isDraining(tx: Tx): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`SELECT 1 FROM settings WHERE key = ${KEY}`;
  return rows.length === 1;
}

/** False when it is so already. */
export async function setDraining(tx: Tx, on: boolean): Promise<boolean> {
  const changed = on
    ? tx.$executeRaw`INSERT INTO settings (key, value) VALUES (${KEY}, 'on') ON CONFLICT DO NOTHING`
    : tx.$executeRaw`DELETE FROM settings WHERE key = ${KEY}`;
  return (await changed) === 1;
}
