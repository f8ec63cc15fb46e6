// Where people want to hear of what: a door's name, or `off`; without a row, where they can be reached.
import type { NoticeKind } from '../threads/notice.ts';
import type { Tx } from './database.ts';

/** What the person chose, by kind: a door's name, or `off`. */
export async function noticeChoices(tx: Tx, accountId: string): Promise<ReadonlyMap<string, string>> {
  const rows = await tx.noticeChoice.findMany({ where: { accountId } });
  return new Map(rows.map(({ kind, door }) => [kind, door]));
}

/** `door` undefined: where the person can be reached, as if nothing had been chosen. */
export async function chooseNotices(
  tx: Tx,
  accountId: string,
  kinds: readonly NoticeKind[],
  door: string | undefined,
): Promise<void> {
  if (door === undefined) {
    await tx.noticeChoice.deleteMany({ where: { accountId, kind: { in: [...kinds] } } });
    return;
  }
  await tx.$executeRaw`
    INSERT INTO notice_choices (account_id, kind, door) SELECT ${accountId}::uuid, kind, ${door} FROM unnest(${[...kinds]}::text[]) AS kind
    ON CONFLICT (account_id, kind) DO UPDATE SET door = EXCLUDED.door`;
}

/** Two accounts become one: what the one that stays has not chosen itself, the other one chose. */
export async function mergeNoticeChoices(tx: Tx, from: string, into: string): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO notice_choices (account_id, kind, door)
    SELECT ${into}::uuid, kind, door FROM notice_choices WHERE account_id = ${from}::uuid ON CONFLICT DO NOTHING`;
  await tx.$executeRaw`DELETE FROM notice_choices WHERE account_id = ${from}::uuid`;
}
