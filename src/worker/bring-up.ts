// Brings an instance of a box up on its home: shared by spinup and start, which differ in what exists beforehand.
import { connectBlocks, routeTo } from '../boxes/card.ts';
import type { Endpoint } from '../boxes/endpoint.ts';
import { stopHabit } from '../boxes/planned-stop.ts';
import { describeSize } from '../boxes/sizes.ts';
import { instanceName } from '../providers/names.ts';
import { type BoxSpec, type InstanceView, ProviderError } from '../providers/provider.ts';
import { audit } from '../store/audit.ts';
import { type Box, lockBox, moveBox, nextIncarnation, noteRegion } from '../store/boxes.ts';
import type { Tx } from '../store/database.ts';
import { intendInstance, noteInstanceRef } from '../store/instances.ts';
import { snapshotName } from '../store/snapshots.ts';
import { closeUsage, openUsage } from '../store/usage.ts';
import { type Block, duration, type Reply, say, text } from '../threads/reply.ts';
import { specOf } from './box-spec.ts';
import type { JobContext, JobEnd } from './job.ts';
import { tellUp } from './tell-owner.ts';

/** Intent before effect: the box's state and its instance's name are written before the provider is asked. */
export async function intend(
  context: JobContext,
  to: 'provisioning' | 'starting',
): Promise<{ box: Box; spec: BoxSpec }> {
  const { job, source, tenure } = context;
  return tenure.write(async (tx) => {
    const box = await lockBox(tx, job.boxId);
    if (box === undefined) throw new ProviderError('invalid', 'The box is gone.');
    // A box that stopped by itself, with its host for example, has not run since.
    if (box.state === 'running') await closeUsage(tx, box.id);
    await enter(tx, box, job.epoch, to);
    await intendInstance(tx, {
      boxId: box.id,
      incarnation: box.incarnation,
      name: instanceName(source.installId, box.id, box.incarnation),
    });
    return { box, spec: await specOf(tx, box, source) };
  });
}

/**
 * What has to be done before an instance is made or started, while the provider is asked whether it may be: somebody waits for both.
 * A refusal comes first, and only when the preparation is over.
 */
export async function admitted<T>(context: JobContext, prepare: () => Promise<T>): Promise<T> {
  const [admission, preparation] = await Promise.allSettled([context.provider.admit(context), prepare()]);
  if (admission.status === 'rejected') throw admission.reason;
  if (preparation.status === 'rejected') throw preparation.reason;
  return preparation.value;
}

/** Moves the box, or finds it there already because an earlier try did. */
export async function enter(tx: Tx, box: Box, epoch: bigint, to: Box['state']): Promise<void> {
  if (box.state === to) return;
  if (!(await moveBox(tx, { boxId: box.id, epoch, to }))) {
    throw new ProviderError('invalid', `${box.name} is ${box.state}; it cannot be ${to} now.`);
  }
}

/** A vanished instance is made again on the same home, under a new name that nothing late can hit. */
export async function nextInstance(context: JobContext): Promise<{ box: Box; spec: BoxSpec }> {
  const { job, source, tenure } = context;
  return tenure.write(async (tx) => {
    await nextIncarnation(tx, job.boxId, job.epoch);
    const box = await lockBox(tx, job.boxId);
    if (box === undefined) throw new ProviderError('invalid', 'The box is gone.');
    await intendInstance(tx, {
      boxId: box.id,
      incarnation: box.incarnation,
      name: instanceName(source.installId, box.id, box.incarnation),
    });
    return { box, spec: await specOf(tx, box, source) };
  });
}

export async function makeHome(context: JobContext, spec: BoxSpec): Promise<void> {
  const name = spec.from === undefined ? undefined : await snapshotName(context.db.tx, spec.from);
  const label = name === undefined ? 'home volume' : `home volume from ${name}`;
  const { region } = await context.steps.run(
    'home',
    label,
    (note) => context.provider.ensureHome(spec, { ...context, note }),
    ({ note }) => `${label}, ${note}`,
  );
  if (region === undefined || region === spec.region) return;
  await context.tenure.write((tx) => noteRegion(tx, spec.boxId, context.job.epoch, region));
}

export function reach(context: JobContext, spec: BoxSpec, instance: InstanceView): Promise<Endpoint> {
  return context.steps.run('reach', 'SSH answers, host key checked', (note) =>
    context.provider.reach(spec, instance, { ...context, note }),
  );
}

export interface Up {
  box: Box;
  instance: InstanceView;
  endpoint: Endpoint;
}

/** The end of a job after which the box runs. */
export function runs(context: JobContext, up: Up, reply: Reply, action: string): JobEnd {
  return { reply, commit: (tx) => writeRunning(tx, context, up, action) };
}

/** False when the state table or a later claim forbids it. */
export async function writeRunning(
  tx: Tx,
  { job, box: before }: JobContext,
  { box, instance, endpoint }: Up,
  action: string,
): Promise<boolean> {
  const { id, configWanted: configApplied } = box;
  if (!(await moveBox(tx, { boxId: id, epoch: job.epoch, to: 'running', endpoint, configApplied }))) return false;
  await noteInstanceRef(tx, instance.instanceName, instance.ref);
  await openUsage(tx, id);
  await tellUp(tx, before, job);
  await audit(tx, { actor: box.accountId, action, target: { box: id, job: job.id } });
  return true;
}

/** What people get when the box answers: how long it took, the line to paste, the host key it will meet. */
export function readyReply(
  context: JobContext,
  up: Omit<Up, 'instance'>,
  verb: 'ready' | 'running',
  ...more: readonly Block[]
): Reply {
  const tookMs = context.now().getTime() - context.job.createdAt.getTime();
  const { box, endpoint } = up;
  const route = routeTo({ ...box, endpointHost: endpoint.host, endpointPort: endpoint.port }, context.gateway);
  return say(
    text(
      `${box.name} is ${verb}: ${duration(tookMs)} · ${describeSize(box)}. ${stopHabit(box.idleMinutes)}; home is kept.`,
    ),
    ...more,
    ...(route === undefined ? [] : connectBlocks(route)),
    {
      kind: 'actions',
      actions: [
        { label: 'Stop', command: `stop ${box.name}`, press: { command: `stop ${box.id}` } },
        {
          label: 'Destroy…',
          command: `destroy ${box.name}`,
          press: {
            command: `destroy ${box.id}`,
            sure: { question: `Destroy ${box.name} and its home?`, command: `destroy ${box.id} --yes` },
          },
        },
        { label: 'Log', command: `logs ${box.name}`, press: { command: `logs ${box.id}` } },
      ],
    },
  );
}
