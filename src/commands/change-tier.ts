// Another tier for somebody: what it changes for their boxes, and what they are told of it.
import type { Account } from '../accounts/account.ts';
import { minutesText } from '../boxes/duration.ts';
import { describeSize, type Sizes, type TierName, type Tiers } from '../boxes/sizes.ts';
import { changeAccount } from '../store/accounts.ts';
import { followTier } from '../store/box-settings.ts';
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

/**
 * Gives the owner another tier: boxes follow its idle time, where nothing else was chosen. `owner` is as before; `event` names the
 * change, so that they are told once, if they are to be told at all.
 */
export async function changeTier(
  tx: Tx,
  rules: TierRules,
  owner: Account,
  { tier, event }: { tier: TierName; event: string | undefined },
): Promise<void> {
  const [before, after] = [rules.tiers[owner.tier], rules.tiers[tier]];
  await changeAccount(tx, owner.id, { tier });
  const followed = await followTier(tx, owner.id, before.idleMinutes, after.idleMinutes);
  if (event === undefined) return;
  const { length } = await liveBoxes(tx, owner.id);
  const tooMany =
    after.boxes !== null && length > after.boxes
      ? [
          `You have ${length} boxes, and ${tier} allows ${after.boxes}: none of them is stopped for that, and a new one is refused until you have fewer.`,
        ]
      : [];
  const reply = say(
    `An operator changed your tier: ${owner.tier} → ${tier}: ${tierText(rules, tier)}.`,
    `Your boxes keep their size. ${followed === 0 ? '' : idleNow(after.idleMinutes)}`.trim(),
    ...tooMany,
    command('sizes'),
  );
  await notify(tx, { accountId: owner.id, kind: 'tier', event, reply });
}

function idleNow(minutes: number | null): string {
  return minutes === null
    ? 'They do not stop by themselves any more.'
    : `From now on they stop once they have been unused for ${minutesText(minutes)}, with a warning before; "set <box> idle" changes that.`;
}
