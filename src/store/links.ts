// Link codes: given out to a person on one door, typed on another by somebody we do not know yet.

import { CONFIRM_MINUTES } from './confirmations.ts';
import type { Tx } from './database.ts';
import { newId } from './ids.ts';
import type { SecretBox } from './secretbox.ts';

const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz';
/** 50 bits: not to be guessed in ten minutes, and short enough to type. */
const LENGTH = 10;

/** A new code; the account's earlier ones are void. */
export async function giveLinkCode(
  tx: Tx,
  secrets: SecretBox,
  ask: { accountId: string; now: Date; random: () => number },
): Promise<string> {
  const code = Array.from({ length: LENGTH }, () => LETTERS[Math.floor(ask.random() * LETTERS.length)]).join('');
  await tx.confirmation.deleteMany({ where: { accountId: ask.accountId, action: 'link' } });
  await tx.confirmation.create({
    data: {
      id: newId(),
      accountId: ask.accountId,
      action: 'link',
      target: {},
      codeHash: secrets.hash(`link:${code}`),
      expiresAt: new Date(ask.now.getTime() + CONFIRM_MINUTES * 60_000),
    },
  });
  return code;
}

/** Uses a code up: the account that gave it out, or undefined when it is wrong, used or too old. */
export async function useLinkCode(tx: Tx, secrets: SecretBox, code: string, now: Date): Promise<string | undefined> {
  const [row] = await tx.$queryRaw<{ accountId: string }[]>`
    UPDATE confirmations SET used_at = ${now}
    WHERE code_hash = ${secrets.hash(`link:${code.toLowerCase()}`)} AND action = 'link' AND used_at IS NULL AND expires_at > ${now}
    RETURNING account_id AS "accountId"`;
  return row?.accountId;
}
