// The job that starts a box: what is there is started, what has vanished is made again on the same home.
import { type BoxSpec, type InstanceView, ProviderError } from '../providers/provider.ts';
import type { Box } from '../store/boxes.ts';
import { closeInstance } from '../store/instances.ts';
import { command, fail } from '../threads/reply.ts';
import { refOf } from './box-spec.ts';
import { admitted, intend, makeHome, nextInstance, reach, readyReply, runs, type Up } from './bring-up.ts';
import type { JobContext, JobHandler } from './job.ts';

export const startJob: JobHandler = {
  kind: 'start',
  deadlineMs: 15 * 60_000,
  brings: 'up',
  title: (box) => `Starting ${box.name}`,
  async run(context) {
    const up = await bringUp(context);
    return runs(context, up, readyReply(context, up, 'running'), 'box.started');
  },
  failed: (box, problem) =>
    fail(`${box.name} could not be started: ${problem}`, command(`start ${box.name}`), command(`logs ${box.name}`)),
};

/** Shared with restart, which stops it first. */
export async function bringUp(context: JobContext): Promise<Up> {
  const intended = await admitted(context, () => intend(context, 'starting'));
  const { box, spec, instance } = await startOrMake(context, intended);
  return { box, instance, endpoint: await reach(context, spec, instance) };
}

interface Intended {
  box: Box;
  spec: BoxSpec;
}

async function startOrMake(context: JobContext, intended: Intended): Promise<Intended & { instance: InstanceView }> {
  const { provider, steps } = context;
  const existing = await provider.inspect(intended.spec, context);
  if (existing !== undefined) {
    const { box, spec } = intended;
    const instance = await steps.run('instance', 'box started', async (note) => {
      // Before it runs, so that a key that was removed meanwhile opens it for no moment; `start` itself promises nothing about keys.
      if (box.configApplied < box.configWanted) await provider.configure(spec, context);
      return provider.start(spec, { ...context, note });
    });
    return { box, spec, instance };
  }
  // A box whose spinup never got as far has no earlier instance to be rid of; destroying nothing is success.
  const gone = refOf(intended.box, context.source.installId);
  await provider.destroy(gone, context);
  const next = await nextInstance(context);
  await context.tenure.write((tx) => closeInstance(tx, gone.instanceName));
  await makeHome(context, next.spec);
  const instance = await steps.run('instance', 'box made again on its home', (note) =>
    provider.create(next.spec, { ...context, note }),
  );
  if (!instance.running) throw new ProviderError('unavailable', 'The box did not start.');
  return { ...next, instance };
}
