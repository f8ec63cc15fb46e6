// What people are told when an operator gave them another tier: what it allows, and that nothing of theirs is stopped.
import type { Account } from '../accounts/account.ts';
import { minutesText } from '../boxes/duration.ts';
import { describeSize, type Sizes, type TierName, type Tiers } from '../boxes/sizes.ts';
import { liveBoxes } from '../store/boxes.ts';
import type { Tx } from '../store/database.ts';
import { notify } from '../store/notices.ts';
import { command, say } from '../threads/reply.ts';

export interface TierRules {
  sizes: Sizes;
  tiers: Tiers;
}

/** `4 vCPU · 8 GiB memory · 50 GiB home · 3 boxes · no idle stop` */
export function tierText({ sizes, tiers }: TierRules, tier: TierName): string {
  const { largestSize, boxes, idleMinutes } = tiers[tier];
  return [
    describeSize(sizes[largestSize]),
    boxes === null ? 'any number of boxes' : `${boxes} ${boxes === 1 ? 'box' : 'boxes'}`,
    idleMinutes === null ? 'no idle stop' : `idle stop after ${minutesText(idleMinutes)}`,
  ].join(' · ');
}

/** In the transaction that changes it. `owner` is as before; `event` names the change, so that it is told once. */
export async function tellTier(
  tx: Tx,
  rules: TierRules,
  owner: Account,
  change: { tier: TierName; event: string },
): Promise<void> {
  const { tier, event } = change;
  const allowed = rules.tiers[tier].boxes;
  const { length } = await liveBoxes(tx, owner.id);
  const tooMany =
    allowed !== null && length > allowed
      ? [
          `You have ${length} boxes, and ${tier} allows ${allowed}: none of them is stopped, and a new one is refused until you have fewer.`,
        ]
      : [];
  const reply = say(
    `An operator changed your tier: ${owner.tier} → ${tier}: ${tierText(rules, tier)}.`,
    'Your boxes stay as they are.',
    ...tooMany,
    command('sizes'),
  );
  await notify(tx, { accountId: owner.id, kind: 'tier', event, reply });
}
