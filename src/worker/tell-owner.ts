// Direct messages about what happened to a box while nobody waited for an answer.
import { describeWhen } from '../boxes/text.ts';
import { payloadSchema } from '../queue/queues.ts';
import { accountById } from '../store/accounts.ts';
import type { Box } from '../store/boxes.ts';
import type { Database, Tx } from '../store/database.ts';
import type { Job } from '../store/jobs.ts';
import { homesAboutToGo, noteKeepTold } from '../store/kept.ts';
import { notify, wasToldOf } from '../store/notices.ts';
import { withFailure } from '../threads/failure.ts';
import { command, fail, say, text } from '../threads/reply.ts';

/** A job failed for good. Whoever typed it is answered where they did. */
export async function tellError(
  tx: Tx,
  box: Box,
  job: Job,
  { problem, failure }: { problem: string; failure: string },
): Promise<void> {
  const { reason } = payloadSchema.parse(job.payload);
  if (reason === 'command' || reason === 'connection') return;
  const said = fail(
    text(`${box.name} is in error: ${problem}`),
    text('Its home is kept. To see why, and to try again:'),
    command(`logs ${box.name}`),
    command(`start ${box.name}`),
  );
  const reply = withFailure(said, failure);
  await notify(tx, {
    accountId: box.accountId,
    boxId: box.id,
    kind: 'error',
    event: `error:${job.id}`,
    reply,
    line: reply,
  });
}

/** A box runs again; `box` is as it was before. */
export async function tellUp(tx: Tx, box: Box, job: Job): Promise<void> {
  const { reason } = payloadSchema.parse(job.payload);
  const about = { accountId: box.accountId, boxId: box.id };
  if (box.state === 'error' && (await wasToldOf(tx, box.id, 'error', box.stateSince))) {
    const reply = say(`${box.name} runs again; the error is over. Its home is as it was.`);
    await notify(tx, { ...about, kind: 'recovered', event: `recovered:${job.id}`, reply });
    return;
  }
  if (reason !== 'reconcile' || box.state !== 'running') return;
  const reply = say(
    `${box.name} had stopped without anybody's wish (its host may have been restarted), and was started again. Its home is as it was; programs that ran in it have ended.`,
  );
  await notify(tx, { ...about, kind: 'host', event: `host:${job.id}`, reply, line: reply });
}

/** How long before a kept home goes for good its owner is told. */
const REMINDER_MS = 2 * 3_600_000;
const AT_ONCE = 100;

/** Reminds the owners of destroyed boxes whose homes are about to go for good. */
export async function remindOfHomes(db: Database, now: Date): Promise<void> {
  for (const box of await homesAboutToGo(db.tx, now, REMINDER_MS, AT_ONCE)) {
    await db.transaction(async (tx) => {
      const owner = await accountById(tx, box.accountId);
      if (owner === undefined || !(await noteKeepTold(tx, box.id, now))) return;
      const until = describeWhen(box.purgeAfter, now, owner.timeZone);
      const reply = say(
        text(`The home of ${box.name}, which you destroyed, goes for good at ${until}. To have it back:`),
        command(`undestroy ${box.name}`),
      );
      await notify(tx, {
        accountId: box.accountId,
        boxId: box.id,
        kind: 'home',
        event: `home:${box.id}:${box.purgeAfter.getTime()}`,
        reply,
      });
    });
  }
}
