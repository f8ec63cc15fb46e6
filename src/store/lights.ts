// Lights: the message at the head of a thread that shows the state of its box for as long as the box lives.
import type { Tx } from './database.ts';
import { newId } from './ids.ts';
import { Prisma } from './prisma/client.ts';

const LIGHT = Prisma.sql`jsonb_build_object('box', b.name, 'state', b.state, 'since', b.state_since)`;

/** Lights the thread for the box, once; a thread that has a light keeps it, whichever box it is for. */
export async function lightThread(tx: Tx, light: { threadId: string; boxId: string; owner: string }): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO messages (id, thread_id, door, lane, account_id, box_id, kind, visibility, body)
    SELECT ${newId()}::uuid, t.id, t.door, t.lane, b.account_id, b.id, 'light', 'thread',
      jsonb_build_object('kind', 'light', 'light', ${LIGHT} || jsonb_build_object('owner', ${light.owner}::text))
    FROM threads t, boxes b WHERE t.id = ${light.threadId}::uuid AND b.id = ${light.boxId}::uuid
    ON CONFLICT (thread_id) WHERE kind = 'light' DO NOTHING`;
}

/** Has the box's lights show its present state; in the transaction that changed it. */
export async function changeLights(tx: Tx, boxId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE messages m SET body = jsonb_set(m.body, '{light}', (m.body -> 'light') || ${LIGHT}), wanted = m.wanted + 1,
      state = CASE WHEN m.state = 'sent' THEN 'pending' ELSE m.state END
    FROM boxes b WHERE b.id = ${boxId}::uuid AND m.box_id = b.id AND m.kind = 'light'`;
}
