// How long a box may lie idle before it stops: what a person may choose within their tier.
import { shown } from '../threads/shown.ts';
import { minutesText, parseMinutes } from './duration.ts';
import type { Tier } from './sizes.ts';

/** A shorter one would stop boxes that somebody only went away from for a coffee. */
const SHORTEST_MINUTES = 10;
/** Where the tier sets no end. */
const LONGEST_MINUTES = 30 * 24 * 60;

/** `minutes`: null means never. */
export type IdleChoice = { ok: true; minutes: number | null } | { ok: false; problem: string };

/** Reads `4h`, `90m`, `never` and `default` (the tier's own); never only where the tier itself never stops boxes. */
export function readIdle(text: string, tier: Pick<Tier, 'idleMinutes'>): IdleChoice {
  const said = text.trim().toLowerCase();
  if (said === 'default') return { ok: true, minutes: tier.idleMinutes };
  if ((said === 'never' || said === 'off') && tier.idleMinutes === null) return { ok: true, minutes: null };
  const minutes = parseMinutes(said);
  const { least, most } = rangeOf(tier);
  if (minutes !== undefined && minutes >= least && minutes <= most) return { ok: true, minutes };
  return {
    ok: false,
    problem: `A box of your tier may stop after ${allowedText(tier)}, not after "${shown(said, 20)}".`,
  };
}

/** `10 min to 1 h, or default (1 h)` */
function allowedText(tier: Pick<Tier, 'idleMinutes'>): string {
  const { least, most } = rangeOf(tier);
  const range = least === most ? minutesText(most) : `${minutesText(least)} to ${minutesText(most)} without use`;
  const usual = tier.idleMinutes === null ? 'never' : minutesText(tier.idleMinutes);
  return tier.idleMinutes === null ? `${range}, never, or default (${usual})` : `${range}, or default (${usual})`;
}

function rangeOf({ idleMinutes }: Pick<Tier, 'idleMinutes'>): { least: number; most: number } {
  const most = idleMinutes ?? LONGEST_MINUTES;
  return { least: Math.min(SHORTEST_MINUTES, most), most };
}
