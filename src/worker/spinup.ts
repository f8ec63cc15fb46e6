// The job that makes a box: home, instance, SSH.
import { command, fail } from '../threads/reply.ts';
import { admitted, intend, makeHome, reach, readyReply, runs } from './bring-up.ts';
import { createOnFreePort } from './free-port.ts';
import type { JobHandler } from './job.ts';

export const spinupJob: JobHandler = {
  kind: 'spinup',
  deadlineMs: 15 * 60_000,
  brings: 'up',
  title: (box) => `Making ${box.name}`,
  async run(context) {
    const intended = await admitted(context, async () => {
      const made = await intend(context, 'provisioning');
      await makeHome(context, made.spec);
      return made;
    });
    const { box, spec, instance } = await context.steps.run('instance', 'box started', () =>
      createOnFreePort(context, intended),
    );
    const up = { box, instance, endpoint: await reach(context, spec, instance) };
    return runs(context, up, readyReply(context, up, 'ready'), 'box.made');
  },
  failed: (box, problem) =>
    fail(
      `${box.name} could not be made: ${problem}`,
      'To try again, or to give it up:',
      command(`start ${box.name}`),
      command(`destroy ${box.name}`),
    ),
};
