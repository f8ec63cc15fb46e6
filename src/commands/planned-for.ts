// The planned stop of a box under the rules of this installation, for commands that change what it is made of.
import { type Life, type PlannedStop, plannedStop } from '../boxes/planned-stop.ts';
import type { TierName } from '../boxes/sizes.ts';
import type { Tx } from '../store/database.ts';
import { type LivingBox, writeLife } from '../store/lives.ts';
import type { House } from './context.ts';

type Rules = Pick<House, 'tiers' | 'idle'>;

export function plannedFor({ tiers, idle }: Rules, life: Life & { tier: TierName }): PlannedStop | undefined {
  const hours = tiers[life.tier].lifetimeHours;
  return plannedStop(life, { ...idle, lifetimeMinutes: hours === null ? null : hours * 60 });
}

/** The box does not stop for idleness before `until`; an earlier time than it has changes nothing. The caller has it locked. */
export async function keepRunning(
  tx: Tx,
  rules: Rules,
  life: LivingBox,
  until: Date,
): Promise<{ stop: PlannedStop | undefined; isLonger: boolean }> {
  const isLonger = life.extendedUntil === null || life.extendedUntil < until;
  const extendedUntil = isLonger ? until : life.extendedUntil;
  return { ...(await replan(tx, rules, life, { ...life, extendedUntil })), isLonger };
}

/** Plans the stop of a life that was `before` and is to be `after`; `moves`: it comes later, or not at all. The caller has it locked. */
export async function replan(
  tx: Tx,
  rules: Rules,
  before: LivingBox,
  after: LivingBox,
): Promise<{ stop: PlannedStop | undefined; moves: boolean }> {
  const unwarned = plannedFor(rules, { ...after, warnedAt: null });
  const moves = unwarned === undefined || before.stopAt === null || unwarned.at > before.stopAt;
  // Who was warned of an earlier stop is warned anew.
  const warnedAt = moves ? null : before.warnedAt;
  const stop = plannedFor(rules, { ...after, warnedAt });
  await writeLife(tx, after.id, { ...after, stop, warnedAt });
  return { stop, moves };
}
