// How a wait is told: the place in the queue, and how long the work usually takes.
import { duration } from './reply.ts';

/** How long work of one kind took lately. */
export interface Usual {
  /** Half of all took no longer. */
  p50Ms: number;
  /** Nineteen of twenty took no longer. */
  p95Ms: number;
}

/** Farther back nobody counts, and a place that changes every second would be told every second. */
const MOST_COUNTED = 50;

/** `next in line`, `2 ahead of yours` */
export function aheadText(ahead: number): string {
  if (ahead > MOST_COUNTED) return `more than ${MOST_COUNTED} ahead of yours`;
  return ahead === 0 ? 'next in line' : `${ahead} ahead of yours`;
}

/** `usually 38 s, slow days 55 s` */
export function usualText({ p50Ms, p95Ms }: Usual): string {
  const [half, most] = [duration(p50Ms), duration(p95Ms)];
  return half === most ? `usually ${half}` : `usually ${half}, slow days ${most}`;
}

/** `Busy: 214 commands of yours are ahead, about 9 minutes`; nothing is said of a time that is not known. */
export function busyText(ahead: string, waitMs: number | undefined): string {
  return `Busy: ${ahead} are ahead${waitMs === undefined ? '' : `, ${aboutText(waitMs)}`}`;
}

/** `about 40 seconds`, `about 9 minutes` */
function aboutText(ms: number): string {
  return ms < 90_000
    ? `about ${Math.max(1, Math.round(ms / 1000))} seconds`
    : `about ${Math.round(ms / 60_000)} minutes`;
}

/** `Docker has not answered since 14:02; this goes on by itself when it does` */
export function silentText(provider: string, since: string): string {
  return `${provider} has not answered since ${since}; this goes on by itself when it does`;
}

/** `2 ahead of yours · usually 38 s, slow days 55 s` */
export function waitText(ahead: number, usual: Usual | undefined): string {
  return [aheadText(ahead), ...(usual === undefined ? [] : [usualText(usual)])].join(' · ');
}
