// The job that makes a box: home, instance, SSH.
import { command, fail } from '../threads/reply.ts';
import { admitted, intend, makeHome, reach, readyReply, runs } from './bring-up.ts';
import { createOnFreePort } from './free-port.ts';
import type { JobContext, JobEnd, JobHandler } from './job.ts';
import { followSetup, type LetIn, letIn, letInBefore } from './setup.ts';

const MADE = 'box.made';

export const spinupJob: JobHandler = {
  kind: 'spinup',
  deadlineMs: 15 * 60_000,
  brings: 'up',
  title: (box) => `Making ${box.name}`,
  async run(context) {
    const before = await letInBefore(context);
    if (before !== undefined) return setUp(context, before);
    const intended = await admitted(context, async () => {
      const made = await intend(context, 'provisioning');
      await makeHome(context, made.spec);
      return made;
    });
    const { box, spec, instance } = await context.steps.run('instance', 'box started', (note) =>
      createOnFreePort({ ...context, note }, intended),
    );
    const up = { box, instance, endpoint: await reach(context, spec, instance) };
    if (!context.provider.setsUp) return runs(context, up, readyReply(context, up, 'ready'), MADE);
    await letIn(context, up, MADE);
    return setUp(context, { ...up, spec });
  },
  failed: (box, problem) =>
    fail(
      `${box.name} could not be made: ${problem}`,
      'To try again, or to give it up:',
      command(`start ${box.name}`),
      command(`destroy ${box.name}`),
    ),
};

async function setUp(context: JobContext, made: LetIn): Promise<JobEnd> {
  return { reply: readyReply(context, made, 'ready', ...(await followSetup(context, made))) };
}
