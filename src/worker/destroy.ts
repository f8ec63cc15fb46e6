// The job that removes a box: every incarnation, then the home unless it is kept for a while.

import { timeText } from '../boxes/text.ts';
import { ProviderError } from '../providers/provider.ts';
import { accountById } from '../store/accounts.ts';
import { audit } from '../store/audit.ts';
import { lockBox, markDestroyed } from '../store/boxes.ts';
import { givePortBack, release } from '../store/capacity.ts';
import { closeInstance, openInstances } from '../store/instances.ts';
import { settleWarnings } from '../store/notices.ts';
import { closeUsage } from '../store/usage.ts';
import { command, fail, say, text } from '../threads/reply.ts';
import { refOf } from './box-spec.ts';
import { enter } from './bring-up.ts';
import type { JobHandler } from './job.ts';

const HOUR_MS = 3_600_000;

export const destroyJob: JobHandler = {
  kind: 'destroy',
  deadlineMs: 10 * 60_000,
  brings: 'down',
  title: (box) => `Destroying ${box.name}`,
  async run(context) {
    const { job, provider, source, steps, tenure } = context;
    const { box, incarnations, timeZone } = await tenure.write(async (tx) => {
      const locked = await lockBox(tx, job.boxId);
      if (locked === undefined) throw new ProviderError('invalid', 'The box is gone.');
      await enter(tx, locked, job.epoch, 'destroying');
      await closeUsage(tx, locked.id);
      const owner = await accountById(tx, locked.accountId);
      return {
        box: locked,
        incarnations: await openInstances(tx, locked.id),
        timeZone: owner?.timeZone ?? 'UTC',
      };
    });
    await steps.run('instance', 'box removed', async (note) => {
      for (const { incarnation, ref } of incarnations)
        await provider.destroy(refOf({ id: box.id, incarnation, instanceRef: ref }, source.installId), {
          ...context,
          note,
        });
    });
    const keepsHome = context.destroyKeepHours > 0 && provider.keepsHomes;
    if (!keepsHome)
      await steps.run('home', 'home removed', (note) =>
        provider.destroyHome(refOf(box, source.installId), { ...context, note }),
      );
    const now = context.now();
    const keepMs = keepsHome ? context.destroyKeepHours * HOUR_MS : 0;
    const purgeAfter = new Date(now.getTime() + keepMs);
    return {
      reply: keepsHome
        ? say(
            text(
              `✓ ${box.name} is destroyed. Until ${timeText(purgeAfter, now, timeZone)} it can come back with its home:`,
            ),
            command(`undestroy ${box.name}`),
          )
        : say(text(`✓ ${box.name} is destroyed, its home too.`)),
      async commit(tx) {
        for (const { name } of incarnations) await closeInstance(tx, name);
        await release(tx, box.id);
        await givePortBack(tx, box);
        if (!(await markDestroyed(tx, box.id, job.epoch, { purgeAfter, keepMs }))) return false;
        await settleWarnings(tx, box.id, say(`${box.name} is destroyed.`));
        await audit(tx, { actor: box.accountId, action: 'box.destroyed', target: { box: box.id, job: job.id } });
        return true;
      },
    };
  },
  failed: (box, problem) =>
    fail(`${box.name} could not be destroyed yet: ${problem}`, 'It is tried again by itself; nothing more is needed.'),
};
