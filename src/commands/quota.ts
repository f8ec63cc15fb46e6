// How many boxes an account may have, and what is said to who has them all.
import type { Account } from '../accounts/account.ts';
import { boxLine, describeWhen } from '../boxes/text.ts';
import type { Box } from '../store/boxes.ts';
import type { KeptBox } from '../store/kept.ts';
import { command, fail, text } from '../threads/reply.ts';
import { whomToAsk } from './admit.ts';
import type { CommandContext } from './context.ts';
import { Refusal } from './refusal.ts';

/** Destroyed boxes whose homes may be kept at one time, at least: they take the host's disk until they go. */
const LEAST_KEPT = 3;

/** `kept`: the account's destroyed boxes that can come back, the newest first. */
export function refuseOverKept(
  context: CommandContext,
  account: Account,
  kept: readonly KeptBox[],
  what: string,
): void {
  const allowed = context.house.tiers[account.tier].boxes;
  const first = kept.at(-1);
  if (first === undefined || allowed === null || kept.length < Math.max(LEAST_KEPT, allowed)) return;
  throw new Refusal(
    fail(
      `${what}: the homes of ${kept.length} boxes that you destroyed are still kept, the first until ${describeWhen(first.purgeAfter, context.now, account.timeZone)}. Bring one back, or wait:`,
      ...kept.slice(0, LEAST_KEPT).map((box) => command(`undestroy ${box.name}`)),
    ),
  );
}

/** `boxes`: the account's live ones, read under its lock; `what` begins the sentence, such as `mybox was not started`. */
export function refuseOverQuota(context: CommandContext, account: Account, boxes: readonly Box[], what: string): void {
  const allowed = context.house.tiers[account.tier].boxes;
  if (allowed === null || boxes.length < allowed) return;
  throw new Refusal(
    fail(
      `${what}: ${boxes.length} of ${allowed} ${account.tier} ${allowed === 1 ? 'box is' : 'boxes are'} used (stopped ones count).`,
      ...boxes.map((box) => text(boxLine(box))),
      `To make room, or ask ${whomToAsk(context.house, context.speaker)} for a higher tier:`,
      ...boxes.slice(0, 3).map((box) => command(`destroy ${box.name}`)),
    ),
  );
}
