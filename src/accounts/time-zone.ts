// Time zones as people name them: an IANA name in any case, or what was probably meant.
import { slipsBetween } from '../boxes/slips.ts';

/** `meant`: zones that were probably meant, the nearest first. */
export type ReadZone = { ok: true; zone: string } | { ok: false; meant: readonly string[] };

/** Present names of zones that the platform lists by older ones (https://data.iana.org/time-zones/tzdb/backward). */
const NEWER_NAMES = [
  ...['Asia/Kolkata', 'Asia/Kathmandu', 'Asia/Ho_Chi_Minh', 'Asia/Yangon', 'Europe/Kyiv', 'America/Nuuk'],
  ...['America/Argentina/Buenos_Aires', 'Atlantic/Faroe', 'UTC'],
];
const MOST_MEANT = 3;
const LONGEST_COMPARED = 40;

/** Whether times can be told in that zone. An offset such as +02:00 is none: it does not know when clocks change. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name) || name.length > LONGEST_COMPARED) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Reads `europe/berlin`, `UTC`, `america/new york`. Abbreviations such as EST are refused: they mean one half of the year only. */
export function readTimeZone(text: string): ReadZone {
  const typed = text.trim().replaceAll(/\s+/g, '_');
  const isName = typed.includes('/') || /^(?:utc|gmt)$/i.test(typed);
  return isName && isTimeZone(typed) ? { ok: true, zone: spelled(typed) } : { ok: false, meant: zonesLike(typed) };
}

/** The usual spelling; the platform's own list may know a zone by an older name (Asia/Katmandu) and then the typed one stays. */
function spelled(typed: string): string {
  const listed = allZones().find((zone) => zone.toLowerCase() === typed.toLowerCase());
  if (listed !== undefined) return listed;
  if (!typed.includes('/')) return typed.toUpperCase();
  return typed.toLowerCase().replaceAll(/(?<=^|[/_-])[a-z]/g, (letter) => letter.toUpperCase());
}

function allZones(): string[] {
  return [...NEWER_NAMES, ...Intl.supportedValuesOf('timeZone')];
}

/** Zones whose name, or whose city, is a few slips from what was typed, or contains it. */
function zonesLike(typed: string): string[] {
  const wanted = typed.toLowerCase();
  if (wanted.length < 3 || wanted.length > LONGEST_COMPARED) return [];
  const most = Math.max(1, Math.floor(wanted.length / 4));
  return allZones()
    .map((zone) => ({ zone, slips: slipsTo(wanted, zone.toLowerCase()) }))
    .filter(({ slips }) => slips <= most)
    .sort((one, other) => one.slips - other.slips)
    .slice(0, MOST_MEANT)
    .map(({ zone }) => zone);
}

function slipsTo(wanted: string, zone: string): number {
  const city = zone.slice(zone.lastIndexOf('/') + 1);
  if (city === wanted) return 0;
  if (zone.includes(wanted)) return 1;
  return Math.min(slipsBetween(wanted, zone), slipsBetween(wanted, city));
}
