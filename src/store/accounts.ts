// Accounts, identities and access keys.
import type { Account } from '../accounts/account.ts';
import type { PublicKey } from '../accounts/keys.ts';
import type { TierName } from '../boxes/sizes.ts';
import type { Speaker } from '../threads/arrival.ts';
import type { Tx } from './database.ts';
import { newId } from './ids.ts';
import { Prisma } from './prisma/client.ts';

interface AccountRow {
  id: string;
  name: string;
  tier: string;
  admin: boolean;
  timeZone: string;
  suspendedAt: Date | null;
}

export interface AccessKey {
  fingerprint: string;
  publicKey: string;
  comment: string;
}

const toAccount = ({ id, name, tier, admin, timeZone, suspendedAt }: AccountRow): Account => ({
  id,
  name,
  tier: tier as TierName,
  admin,
  timeZone,
  suspendedAt: suspendedAt ?? undefined,
});

const COLUMNS = { id: true, name: true, tier: true, admin: true, timeZone: true, suspendedAt: true } as const;

/** What finds an identity. */
export type Who = Pick<Speaker, 'door' | 'tenant' | 'subject'>;

/** The account that this identity speaks for. */
export async function accountOf(tx: Tx, who: Who): Promise<Account | undefined> {
  const row = await findAccount(tx, who, Prisma.empty);
  return row && toAccount(row);
}

/** The same, held for the length of the transaction: until then it is not joined to another account. */
export async function holdAccountOf(tx: Tx, who: Who): Promise<Account | undefined> {
  for (;;) {
    const row = await findAccount(tx, who, Prisma.sql`FOR KEY SHARE OF a, i`);
    if (row !== undefined && !row.merged) return toAccount(row);
    // Joined to another account while this waited for it: by now the identity speaks for that one. Or it speaks for nobody any more.
    if (row === undefined && (await findAccount(tx, who, Prisma.empty)) === undefined) return undefined;
  }
}

async function findAccount(
  tx: Tx,
  who: Who,
  lock: Prisma.Sql,
): Promise<(AccountRow & { merged: boolean }) | undefined> {
  const [row] = await tx.$queryRaw<(AccountRow & { merged: boolean })[]>`
    SELECT a.id, a.name, a.tier, a.admin, a.time_zone AS "timeZone", a.suspended_at AS "suspendedAt", a.merged_into IS NOT NULL AS merged
    FROM identities i JOIN accounts a ON a.id = i.account_id
    WHERE i.door = ${who.door} AND i.tenant = ${who.tenant} AND i.subject = ${who.subject} ${lock}`;
  return row;
}

/** The accounts of several identities, in their order. */
export async function accountsOf(tx: Tx, who: readonly Who[]): Promise<(Account | undefined)[]> {
  const rows = await tx.$queryRaw<(AccountRow & { place: number })[]>`
    SELECT w.place::int AS place, a.id, a.name, a.tier, a.admin, a.time_zone AS "timeZone", a.suspended_at AS "suspendedAt"
    FROM unnest(${who.map((one) => one.door)}::text[], ${who.map((one) => one.tenant)}::text[], ${who.map((one) => one.subject)}::text[])
      WITH ORDINALITY AS w(door, tenant, subject, place)
    JOIN identities i ON i.door = w.door AND i.tenant = w.tenant AND i.subject = w.subject JOIN accounts a ON a.id = i.account_id`;
  const found = new Map(rows.map(({ place, ...row }) => [place, toAccount(row)]));
  return who.map((_, index) => found.get(index + 1));
}

/** The account of that id, or the one that it was joined into. */
export async function accountById(tx: Tx, id: string): Promise<Account | undefined> {
  const [row] = await tx.$queryRaw<AccountRow[]>`
    SELECT a.id, a.name, a.tier, a.admin, a.time_zone AS "timeZone", a.suspended_at AS "suspendedAt"
    FROM accounts o JOIN accounts a ON a.id = COALESCE(o.merged_into, o.id) WHERE o.id = ${id}::uuid`;
  return row && toAccount(row);
}

/** Accounts by name, id or identity (`ssh:SHA256:…`), for operators; at most 20. One that was joined into another is that other. */
export async function findAccounts(tx: Tx, text: string): Promise<Account[]> {
  const rows = await tx.$queryRaw<AccountRow[]>`
    SELECT DISTINCT a.id, a.name, a.tier, a.admin, a.time_zone AS "timeZone", a.suspended_at AS "suspendedAt"
    FROM accounts a LEFT JOIN identities i ON i.account_id = a.id LEFT JOIN accounts o ON o.merged_into = a.id
    WHERE a.merged_into IS NULL AND (a.name = ${text} OR a.id::text = ${text} OR o.id::text = ${text} OR i.subject = ${text}
       OR i.door || ':' || CASE WHEN i.tenant = '' THEN '' ELSE i.tenant || ':' END || i.subject = ${text})
    ORDER BY a.id LIMIT 20`;
  return rows.map(toAccount);
}

/**
 * The account of that id, or of the identity as `whoami` prints it. Not by what people call themselves: they could choose to be called as
 * somebody else is.
 */
export async function findSpeaker(tx: Tx, identity: string): Promise<Account | undefined> {
  const [row] = await tx.$queryRaw<AccountRow[]>`
    SELECT DISTINCT a.id, a.name, a.tier, a.admin, a.time_zone AS "timeZone", a.suspended_at AS "suspendedAt"
    FROM accounts a LEFT JOIN identities i ON i.account_id = a.id
    WHERE a.merged_into IS NULL AND (a.id::text = ${identity}
      OR i.door || ':' || CASE WHEN i.tenant = '' THEN '' ELSE i.tenant || ':' END || i.subject = ${identity})
    LIMIT 1`;
  return row && toAccount(row);
}

/** Suspends an account or lets it go on; false when it is so already. */
export async function suspendAccount(tx: Tx, id: string, suspended: boolean): Promise<boolean> {
  const changed = await tx.$executeRaw`
    UPDATE accounts SET suspended_at = CASE WHEN ${suspended} THEN now() END
    WHERE id = ${id}::uuid AND (suspended_at IS NOT NULL) <> ${suspended}`;
  return changed === 1;
}

export async function listAccounts(tx: Tx, limit: number): Promise<Account[]> {
  const rows = await tx.account.findMany({
    where: { mergedInto: null },
    select: COLUMNS,
    orderBy: { id: 'asc' },
    take: limit,
  });
  return rows.map(toAccount);
}

/**
 * Makes an account for a new identity. When the identity got one at the same moment elsewhere, that one is returned and nothing
 * is made, so it may be called twice.
 */
export async function signUp(
  tx: Tx,
  who: Speaker,
  settings: { timeZone: string; admin: boolean },
): Promise<{ account: Account; made: boolean }> {
  const existing = await lockIdentity(tx, who);
  if (existing) return { account: existing, made: false };
  const row = await tx.account.create({
    data: { id: newId(), name: who.display, timeZone: settings.timeZone, admin: settings.admin },
    select: COLUMNS,
  });
  await addIdentity(tx, row.id, who);
  return { account: toAccount(row), made: true };
}

/** Serialises sign-ups and links of one identity for the length of the transaction; its account, when it has one by then. */
export async function lockIdentity(tx: Tx, who: Speaker): Promise<Account | undefined> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`${who.door}:${who.tenant}:${who.subject}`}, 0))`;
  return accountOf(tx, who);
}

export async function addIdentity(tx: Tx, accountId: string, who: Speaker): Promise<void> {
  const { door, tenant, subject, display } = who;
  await tx.accountIdentity.create({ data: { id: newId(), accountId, door, tenant, subject, display } });
}

export interface Identity extends Who {
  id: string;
  display: string;
}

export async function identitiesOf(tx: Tx, accountId: string): Promise<Identity[]> {
  return tx.accountIdentity.findMany({
    where: { accountId },
    select: { id: true, door: true, tenant: true, subject: true, display: true },
    orderBy: { id: 'asc' },
  });
}

/** Takes an identity away from the account; false when the account does not have it. */
export async function removeIdentity(tx: Tx, accountId: string, id: string): Promise<boolean> {
  return (await tx.accountIdentity.deleteMany({ where: { id, accountId } })).count === 1;
}

/** True when no account has operator's rights. */
export async function nobodyIsAdmin(tx: Tx): Promise<boolean> {
  return (await tx.account.count({ where: { admin: true }, take: 1 })) === 0;
}

export async function changeAccount(
  tx: Tx,
  id: string,
  change: { tier?: TierName; admin?: boolean; timeZone?: string },
): Promise<void> {
  await tx.account.update({ where: { id }, data: change });
}

/**
 * Serialises what counts against an account's limits, or leaves it at least one of something, for the length of the transaction.
 * Gets on with those who only hold the account, so that two who hold it may both ask for this.
 */
export async function lockAccount(tx: Tx, id: string): Promise<void> {
  await tx.$executeRaw`SELECT 1 FROM accounts WHERE id = ${id}::uuid FOR NO KEY UPDATE`;
}

/** Holds an account for the length of the transaction; false when it was joined to another one. */
export async function holdAccount(tx: Tx, id: string): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM accounts WHERE id = ${id}::uuid AND merged_into IS NULL FOR KEY SHARE`;
  return rows.length === 1;
}

/** Adds a key and marks the account's boxes for an update of their keys; false when the account already lists it. */
export async function addAccessKey(tx: Tx, accountId: string, key: PublicKey): Promise<boolean> {
  const added = await tx.accessKey.createMany({
    data: [{ id: newId(), accountId, fingerprint: key.fingerprint, publicKey: key.line, comment: key.comment }],
    skipDuplicates: true,
  });
  if (added.count === 0) return false;
  await wantConfiguration(tx, accountId);
  return true;
}

/** Removes a key and marks the account's boxes for an update of their keys; false when the account does not list it. */
export async function removeAccessKey(tx: Tx, accountId: string, fingerprint: string): Promise<boolean> {
  const removed = await tx.accessKey.deleteMany({ where: { accountId, fingerprint } });
  if (removed.count === 0) return false;
  await wantConfiguration(tx, accountId);
  return true;
}

export async function accessKeysOf(tx: Tx, accountId: string): Promise<AccessKey[]> {
  return tx.accessKey.findMany({
    where: { accountId },
    select: { fingerprint: true, publicKey: true, comment: true },
    orderBy: { id: 'asc' },
  });
}

async function wantConfiguration(tx: Tx, accountId: string): Promise<void> {
  await tx.$executeRaw`UPDATE boxes SET config_wanted = config_wanted + 1 WHERE account_id = ${accountId}::uuid AND state <> 'destroyed'`;
}
