// What a person settles about themselves: their time zone and the hours in which they want quiet.
import type { DaySpan } from '../boxes/clock.ts';
import type { Tx } from './database.ts';

/** IANA name; from then on no door's word changes it. */
export async function chooseTimeZone(tx: Tx, accountId: string, timeZone: string): Promise<void> {
  await tx.account.update({ where: { id: accountId }, data: { timeZone, timeZoneChosen: true } });
}

/** Takes the zone that a door knows, unless the person chose one; true when it did. */
export async function followTimeZone(tx: Tx, accountId: string, timeZone: string): Promise<boolean> {
  const changed = await tx.$executeRaw`
    UPDATE accounts SET time_zone = ${timeZone}
    WHERE id = ${accountId}::uuid AND NOT time_zone_chosen AND time_zone <> ${timeZone}`;
  return changed === 1;
}

/** The hours of the person's day between which only warnings are sent; undefined when there are none. */
export async function quietHours(tx: Tx, accountId: string): Promise<DaySpan | undefined> {
  const found = await tx.account.findUnique({ where: { id: accountId }, select: { quietFrom: true, quietTo: true } });
  if (found === null || found.quietFrom === null || found.quietTo === null) return undefined;
  return { from: found.quietFrom, to: found.quietTo };
}

export async function chooseQuiet(tx: Tx, accountId: string, span: DaySpan | undefined): Promise<void> {
  const data = { quietFrom: span?.from ?? null, quietTo: span?.to ?? null };
  await tx.account.update({ where: { id: accountId }, data });
}
