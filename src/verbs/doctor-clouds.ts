// doctor's look at what an installation may spend: clouds that everybody can have boxes at.
import type { Config } from '../config.ts';
import { isCloud } from '../providers/registry.ts';
import type { Finding } from './finding.ts';
import { waysIn } from './ways-in.ts';

/** Undefined where there is nothing to say. */
export function spendingFinding(config: Config): Finding | undefined {
  const clouds = config.providers.filter(isCloud);
  const open = waysIn(config).filter(({ isForAll }) => isForAll);
  if (clouds.length === 0 || open.length === 0) return undefined;
  const doors = open.map(({ variable }) => `${variable}=open`);
  const limits = clouds.map((name) => `${name.toUpperCase()}_MOST_BOXES`);
  return {
    ok: false,
    isMinor: true,
    what: `${doors.join(', ')}: everybody who comes gets boxes that you pay for (${clouds.join(', ')})`,
    remedy: `Name who may come in ${open.map(({ variable }) => variable).join(', ')}, or close it; and see whether ${limits.join(', ')} (20 unless set) is what you want to pay for.`,
  };
}
