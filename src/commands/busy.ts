// Too many jobs wait already: whoever wants one more is told how many and for how long, and nothing is done.
import { QUEUE_OF } from '../queue/queues.ts';
import type { Tx } from '../store/database.ts';
import type { JobKind } from '../store/jobs.ts';
import { lineBefore, usualDuration } from '../store/waiting.ts';
import { command, fail } from '../threads/reply.ts';
import { busyText } from '../threads/waiting.ts';
import { Refusal } from './refusal.ts';

/** Jobs that may be ahead of a new one, with everybody's turns counted: another's flood is not ahead of anybody. */
const MOST_AHEAD = 200;

/** @throws Refusal when a new job of that kind would wait behind too many. `what` was not done, `again` is what to type later, where that is short. */
export async function refuseWhileBusy(
  tx: Tx,
  job: { kind: JobKind; accountId: string; provider: string },
  { what, again }: { what: string; again: string | undefined },
): Promise<void> {
  const { accountId, provider, kind } = job;
  const { ahead, running } = await lineBefore(tx, { queue: QUEUE_OF[kind], accountId, provider }, MOST_AHEAD);
  if (ahead < MOST_AHEAD) return;
  const usual = await usualDuration(tx, kind, provider);
  const waitMs = usual && (usual.p50Ms * ahead) / Math.max(1, running);
  const said = `${busyText(`${ahead} commands`, waitMs)}. ${what}. Send it again then`;
  throw new Refusal(again === undefined ? fail(`${said}.`) : fail(`${said}:`, command(again)));
}
