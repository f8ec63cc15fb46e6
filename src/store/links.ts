// Link codes: given out to a person on one door, typed on another by somebody who wants to be the same person there.
import { CONFIRM_MINUTES, TRIES } from './confirmations.ts';
import type { Tx } from './database.ts';
import { newId } from './ids.ts';
import type { SecretBox } from './secretbox.ts';

const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz';
/** 50 bits: not to be guessed in ten minutes, and short enough to type. */
const LENGTH = 10;

/** A code that is still good. */
export interface LinkCode {
  id: string;
  /** The account that it was given out to, though it may have been joined to another one since. */
  accountId: string;
  /** The identity that asked for it, as `whoami` prints it. */
  identity: string;
}

/** A new code; the account's earlier ones are void. */
export async function giveLinkCode(
  tx: Tx,
  secrets: SecretBox,
  ask: { accountId: string; identity: string; now: Date; random: () => number },
): Promise<string> {
  const code = Array.from({ length: LENGTH }, () => LETTERS[Math.floor(ask.random() * LETTERS.length)]).join('');
  await tx.confirmation.deleteMany({ where: { accountId: ask.accountId, action: 'link' } });
  await tx.confirmation.create({
    data: {
      id: newId(),
      accountId: ask.accountId,
      action: 'link',
      target: { identity: ask.identity },
      codeHash: secrets.hash(`link:${code}`),
      expiresAt: lastsUntil(ask.now),
    },
  });
  return code;
}

/** Makes the codes that the account was given, and those of accounts that were joined to it, good for nothing. */
export async function voidLinkCodes(tx: Tx, accountId: string): Promise<void> {
  await tx.$executeRaw`
    DELETE FROM confirmations WHERE action = 'link'
      AND account_id IN (SELECT id FROM accounts WHERE id = ${accountId}::uuid OR merged_into = ${accountId}::uuid)`;
}

/** Looks a code up and leaves it good. */
export async function findLinkCode(tx: Tx, secrets: SecretBox, code: string, now: Date): Promise<LinkCode | undefined> {
  const [row] = await tx.$queryRaw<LinkCode[]>`
    SELECT id, account_id AS "accountId", COALESCE(target ->> 'identity', '') AS identity FROM confirmations
    WHERE code_hash = ${secrets.hash(`link:${code.toLowerCase()}`)} AND action = 'link' AND used_at IS NULL AND expires_at > ${now}`;
  return row;
}

/** Uses a code up; false when it was used meanwhile, or is too old by now. */
export async function useLinkCode(tx: Tx, id: string, now: Date): Promise<boolean> {
  const used = await tx.$executeRaw`
    UPDATE confirmations SET used_at = ${now} WHERE id = ${id}::uuid AND action = 'link' AND used_at IS NULL AND expires_at > ${now}`;
  return used === 1;
}

/** Counts a wrong code against who typed it. */
export async function countWrongLinkCode(tx: Tx, secrets: SecretBox, identity: string, now: Date): Promise<void> {
  const until = lastsUntil(now);
  await tx.$executeRaw`
    INSERT INTO confirmations AS c (id, action, target, code_hash, tries_left, expires_at)
    VALUES (${newId()}::uuid, 'link_tries', '{}'::jsonb, ${triesOf(secrets, identity)}, ${TRIES - 1}, ${until})
    ON CONFLICT (code_hash) DO UPDATE SET tries_left = CASE WHEN c.expires_at <= ${now} THEN ${TRIES - 1} ELSE c.tries_left - 1 END,
      expires_at = CASE WHEN c.expires_at <= ${now} THEN ${until} ELSE c.expires_at END`;
}

/** False when so many wrong codes were typed by this identity that it has to wait until the first of them is ten minutes old. */
export async function mayTryLinkCodes(tx: Tx, secrets: SecretBox, identity: string, now: Date): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM confirmations WHERE code_hash = ${triesOf(secrets, identity)} AND tries_left <= 0 AND expires_at > ${now}`;
  return rows.length === 0;
}

function triesOf(secrets: SecretBox, identity: string): Uint8Array<ArrayBuffer> {
  return secrets.hash(`link_tries:${identity}`);
}

function lastsUntil(now: Date): Date {
  return new Date(now.getTime() + CONFIRM_MINUTES * 60_000);
}
