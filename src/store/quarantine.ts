// Quarantine: this database is, or may be, older than the world. Until an operator releases it nothing is made, started, stopped or removed.
import { z } from 'zod';
import { audit } from './audit.ts';
import type { Tx } from './database.ts';
import { Prisma } from './prisma/client.ts';

export const QUARANTINE_CAUSES = [
  'restored', // `shellbox restore` brought this database back
  'older', // this installation has seen entries of the audit that are not in it
  'ahead', // there are instances that only a newer database can have asked for
] as const;
export type QuarantineCause = (typeof QUARANTINE_CAUSES)[number];

const quarantineSchema = z.object({
  cause: z.enum(QUARANTINE_CAUSES),
  /** By the database's clock. */
  since: z.coerce.date(),
  /** What was seen, for operators. */
  detail: z.string(),
});
export type Quarantine = z.infer<typeof quarantineSchema>;

const KEY = 'quarantine';
const RELEASE_KEY = 'quarantine_release';
const REPORT_KEY = 'quarantine_report';
const RELEASED_KEY = 'released_at';

/** For the `WHERE` of statements that begin work. */
export const NOT_QUARANTINED = Prisma.raw(`NOT EXISTS (SELECT 1 FROM settings WHERE key = '${KEY}')`);

export async function quarantineOf(tx: Tx): Promise<Quarantine | undefined> {
  const text = await textOf(tx, KEY);
  return text === undefined ? undefined : quarantineSchema.parse(JSON.parse(text));
}

/** False when there was one already. To be called in one transaction with what it brings about. */
export async function enterQuarantine(tx: Tx, cause: QuarantineCause, detail: string): Promise<boolean> {
  const entered = await tx.$executeRaw`
    INSERT INTO settings (key, value)
    SELECT ${KEY}, jsonb_build_object('cause', ${cause}::text, 'since', now(), 'detail', ${detail}::text)::text ON CONFLICT DO NOTHING`;
  if (entered === 1) await audit(tx, { actor: 'system', action: 'house.quarantined', target: { cause } });
  return entered === 1;
}

/** An operator wants it to end: the reconciler does so in its next round, because only it can see what is there. */
export async function askRelease(tx: Tx, actor: string): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO settings (key, value) SELECT ${RELEASE_KEY}, ${actor} FROM settings WHERE key = ${KEY}
    ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value`;
}

/** Who asked for the end of the quarantine, or undefined while nobody did. */
export async function releaseAsked(tx: Tx): Promise<string | undefined> {
  return textOf(tx, RELEASE_KEY);
}

/** In one transaction with what is set right. */
export async function endQuarantine(tx: Tx, actor: string): Promise<void> {
  await tx.$executeRaw`DELETE FROM settings WHERE key = ANY(${[KEY, RELEASE_KEY, REPORT_KEY]})`;
  await tx.$executeRaw`
    INSERT INTO settings (key, value) VALUES (${RELEASED_KEY}, to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value`;
  await audit(tx, { actor, action: 'house.released', target: {} });
}

/** When operators released the house last, by the database's clock. */
export async function releasedAt(tx: Tx): Promise<Date | undefined> {
  const text = await textOf(tx, RELEASED_KEY);
  return text === undefined ? undefined : new Date(text);
}

const reportSchema = z.object({
  /** Names of providers that did not answer; release waits for them. */
  silent: z.array(z.string()),
  /** Sentences, one for each thing that the world and the database do not agree about. */
  differences: z.array(z.string()),
  /** Of all of them, should there be more than are named. */
  count: z.int(),
});
export type QuarantineReport = z.infer<typeof reportSchema>;

/** What the last look found, for operators. */
export async function noteReport(tx: Tx, report: QuarantineReport): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO settings (key, value) SELECT ${REPORT_KEY}, ${JSON.stringify(report)} FROM settings WHERE key = ${KEY}
    ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value`;
}

/** Undefined until a worker has looked. */
export async function quarantineReport(tx: Tx): Promise<QuarantineReport | undefined> {
  const text = await textOf(tx, REPORT_KEY);
  return text === undefined ? undefined : reportSchema.parse(JSON.parse(text));
}

async function textOf(tx: Tx, key: string): Promise<string | undefined> {
  return (await tx.setting.findUnique({ where: { key } }))?.value ?? undefined;
}
