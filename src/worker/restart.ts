// The job that stops a box and starts it again, as one.
import { ProviderError } from '../providers/provider.ts';
import { lockBox, moveBox } from '../store/boxes.ts';
import { settleWarnings } from '../store/notices.ts';
import { closeUsage } from '../store/usage.ts';
import { command, fail, say } from '../threads/reply.ts';
import { liveRefOf } from './box-spec.ts';
import { enter, readyReply, runs } from './bring-up.ts';
import type { JobContext, JobHandler } from './job.ts';
import { bringUp } from './start.ts';

export const restartJob: JobHandler = {
  kind: 'restart',
  deadlineMs: 20 * 60_000,
  brings: 'up',
  title: (box) => `Restarting ${box.name}`,
  async run(context) {
    // Of an earlier try that got so far it is stopped already.
    if (context.box.state === 'running' || context.box.state === 'stopping') await stopFirst(context);
    const up = await bringUp(context);
    const end = runs(context, up, readyReply(context, up, 'running'), 'box.restarted');
    return {
      reply: end.reply,
      async commit(tx) {
        await settleWarnings(tx, up.box.id, say(`${up.box.name} was restarted.`));
        return (await end.commit?.(tx)) ?? true;
      },
    };
  },
  failed: (box, problem) =>
    fail(`${box.name} could not be restarted: ${problem}`, command(`start ${box.name}`), command(`logs ${box.name}`)),
};

async function stopFirst({ job, provider, source, steps, tenure, signal }: JobContext): Promise<void> {
  const box = await tenure.write(async (tx) => {
    const locked = await lockBox(tx, job.boxId);
    if (locked === undefined) throw new ProviderError('invalid', 'The box is gone.');
    await enter(tx, locked, job.epoch, 'stopping');
    return locked;
  });
  await steps.run('stop', 'box stopped', (note) => provider.stop(liveRefOf(box, source.installId), { signal, note }));
  await tenure.write(async (tx) => {
    await moveBox(tx, { boxId: box.id, epoch: job.epoch, to: 'stopped', endpoint: null });
    await closeUsage(tx, box.id);
  });
}
