// Confirmations: a question bound to ids, answered by a code that works once, for ten minutes.
import type { Tx } from './database.ts';
import { newId } from './ids.ts';
import { Prisma } from './prisma/client.ts';
import type { SecretBox } from './secretbox.ts';

export interface Confirmation {
  id: string;
  accountId: string | null;
  action: string;
  target: unknown;
}

export const CONFIRM_MINUTES = 10;
/** Wrong codes that one account may try before its open questions are void; and one identity, of link codes. */
export const TRIES = 5;

/** Asks; the account's earlier question about the same action and target is void from now on. Returns the code to type. */
export async function askConfirmation(
  tx: Tx,
  secrets: SecretBox,
  ask: { accountId: string; action: string; target: object; now: Date; random: () => number },
): Promise<string> {
  const code = String(Math.floor(ask.random() * 1_000_000)).padStart(6, '0');
  await tx.$executeRaw`
    DELETE FROM confirmations WHERE account_id = ${ask.accountId}::uuid AND used_at IS NULL AND
      ((action = ${ask.action} AND target = ${JSON.stringify(ask.target)}::jsonb) OR expires_at <= ${ask.now} OR code_hash = ${hashOf(secrets, ask.accountId, code)})`;
  await tx.confirmation.create({
    data: {
      id: newId(),
      accountId: ask.accountId,
      action: ask.action,
      target: { ...ask.target },
      codeHash: hashOf(secrets, ask.accountId, code),
      triesLeft: TRIES,
      expiresAt: new Date(ask.now.getTime() + CONFIRM_MINUTES * 60_000),
    },
  });
  return code;
}

/** Looks an open question up and leaves it open; a wrong code is not counted here. */
export async function findConfirmation(
  tx: Tx,
  secrets: SecretBox,
  accountId: string,
  code: string,
  now: Date,
): Promise<Confirmation | undefined> {
  const [row] = await tx.$queryRaw<Confirmation[]>`
    SELECT id, account_id AS "accountId", action, target FROM confirmations WHERE ${openTo(secrets, accountId, code, now)}`;
  return row;
}

/** Uses a code up; undefined when it is wrong, used, or too old. A wrong one counts against every open question of the account. */
export async function useConfirmation(
  tx: Tx,
  secrets: SecretBox,
  accountId: string,
  code: string,
  now: Date,
): Promise<Confirmation | undefined> {
  const [row] = await tx.$queryRaw<Confirmation[]>`
    UPDATE confirmations SET used_at = ${now} WHERE ${openTo(secrets, accountId, code, now)}
    RETURNING id, account_id AS "accountId", action, target`;
  if (row === undefined) {
    await tx.$executeRaw`UPDATE confirmations SET tries_left = tries_left - 1 WHERE account_id = ${accountId}::uuid AND used_at IS NULL AND tries_left > 0`;
  }
  return row;
}

/** The one question that this code answers; none when it is wrong, used, too old, or was guessed at too often. */
function openTo(secrets: SecretBox, accountId: string, code: string, now: Date): Prisma.Sql {
  return Prisma.sql`
    account_id = ${accountId}::uuid AND code_hash = ${hashOf(secrets, accountId, code)} AND used_at IS NULL AND expires_at > ${now} AND tries_left > 0`;
}

function hashOf(secrets: SecretBox, accountId: string, code: string): Uint8Array<ArrayBuffer> {
  return secrets.hash(`confirm:${accountId}:${code}`);
}
