// How many boxes an account may have, and what is said to who has them all.
import type { Account } from '../accounts/account.ts';
import { boxLine } from '../boxes/text.ts';
import type { Box } from '../store/boxes.ts';
import { command, fail, text } from '../threads/reply.ts';
import { whomToAsk } from './admit.ts';
import type { CommandContext } from './context.ts';
import { Refusal } from './refusal.ts';

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
