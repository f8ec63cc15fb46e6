// Plans the stop of a box anew, for commands that change what it is made of.
import { type Replanned, replanned, rulesFor } from '../boxes/planned-stop.ts';
import type { Tx } from '../store/database.ts';
import { type LivingBox, writeLife } from '../store/lives.ts';
import type { House } from './context.ts';

type Rules = Pick<House, 'tiers' | 'idle'>;

/** The box does not stop for idleness before `until`; an earlier time than it has changes nothing. The caller has it locked. */
export async function keepRunning(
  tx: Tx,
  rules: Rules,
  life: LivingBox,
  until: Date,
): Promise<Replanned & { extendedUntil: Date; isLonger: boolean }> {
  const isLonger = life.extendedUntil === null || life.extendedUntil < until;
  const extendedUntil = isLonger ? until : (life.extendedUntil ?? until);
  return { ...(await replan(tx, rules, life, { ...life, extendedUntil })), extendedUntil, isLonger };
}

/** Plans the stop of a life that was `before` and is to be `after`. The caller has it locked. */
export async function replan(tx: Tx, { tiers, idle }: Rules, before: LivingBox, after: LivingBox): Promise<Replanned> {
  const plan = replanned(before, after, rulesFor(idle, tiers[after.tier]));
  await writeLife(tx, after.id, { ...after, ...plan });
  return plan;
}
