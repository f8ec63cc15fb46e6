// The machines of boxes at DigitalOcean: droplets, and the images of those that were released.
import { type CallContext, ProviderError } from '../provider.ts';
import { systemClock } from '../shared/cloud/clock.ts';
import type { Machine, MachineCalls, MachinePlan } from '../shared/cloud/cloud.ts';
import type { Droplets } from './droplets.ts';
import { IN_PROGRESS } from './droplets.ts';
import { actionFailed } from './errors.ts';
import { type Images, isImageRef } from './images.ts';
import { DEFAULTS, type DigitalOceanOptions, TITLE } from './options.ts';

/** After a snapshot that failed, and after one that is done and not to be seen, nothing is tried for so long. */
const SNAPSHOT_REST_MS = 5 * 60_000;

/** Actions that let the machine write to its disk again. */
const STARTS = ['power_on', 'power_cycle', 'reboot', 'rebuild', 'restore'];

export function createMachines(droplets: Droplets, images: Images, options: DigitalOceanOptions): MachineCalls {
  const { image = DEFAULTS.image, clock = systemClock } = options;

  /**
   * An image counts only when it was taken since the machine ran last: a start may have come between, or while it was taken. What the
   * machine has written outside the home since then would be lost.
   */
  async function release(machine: Machine, context: CallContext): Promise<void> {
    if (machine.state !== 'stopped' || isImageRef(machine.ref)) return;
    const actions = await droplets.actions(machine.ref, context);
    const [lastStart] = actions.filter(({ type }) => STARTS.includes(type));
    const [newest] = actions.filter((action) => action.type === 'snapshot' || action === lastStart);
    if (newest?.type === 'snapshot') {
      if (newest.status === IN_PROGRESS) return;
      const isRecent = clock.nowMs() - newest.started_at.getTime() < SNAPSHOT_REST_MS;
      if (newest.status === 'errored' && isRecent) throw actionFailed('put the disk of this machine away');
      const [whole] = newest.status === 'completed' ? await images.wholeOf(machine, context) : [];
      const isOfNow = whole !== undefined && (lastStart === undefined || whole.created_at > lastStart.started_at);
      if (isOfNow) return await leave(machine, whole.id, context);
      if (newest.status === 'completed' && isRecent) return;
    }
    await droplets.act(machine.ref, { type: 'snapshot', name: machine.instanceName }, context);
  }

  /** What was taken of the machine's lives before is worth nothing now, and costs. */
  async function leave(machine: Machine, imageId: number, context: CallContext): Promise<void> {
    for (const older of await images.named(machine.instanceName, context)) {
      if (older.id !== imageId) await images.delete(older, context);
    }
    await droplets.delete(machine.ref, context);
  }

  /** The image stays until the machine is released again or deleted: should the new droplet come to nothing, the disk is not lost. */
  async function startReleased(machine: Machine, plan: MachinePlan, context: CallContext): Promise<void> {
    if ((await droplets.named(machine.instanceName, context)) !== undefined) return;
    const found = await images.find(machine.ref, context);
    if (found === undefined) throw new ProviderError('vanished', 'The disk of this machine is gone.');
    if (!found.regions.includes(plan.region)) {
      throw new ProviderError('invalid', `${TITLE} has the disk of this machine in another region than its home.`, {
        remedy: `Copy the image ${found.name} to ${plan.region} at https://cloud.digitalocean.com/images/snapshots.`,
      });
    }
    await droplets.create(plan, { image: found.id, leastDiskGB: found.min_disk_size ?? undefined }, context);
  }

  return {
    async machines(installId, context) {
      const present = await droplets.list(installId, context);
      const known = new Set(present.map(({ instanceName }) => instanceName));
      // The newest is first, and the others of that name are older disks of the same machine.
      const released = (await images.list(installId, context)).flatMap((one) => {
        if (known.has(one.name)) return [];
        known.add(one.name);
        return images.view(one) ?? [];
      });
      return [...present, ...released];
    },
    async machine(ref, context) {
      if (!isImageRef(ref)) return droplets.find(ref, context);
      const found = await images.find(ref, context);
      return found && images.view(found);
    },
    createMachine: (plan, context) => droplets.create(plan, { image: plan.image ?? image }, context),
    startMachine: (machine, plan, context) =>
      isImageRef(machine.ref)
        ? startReleased(machine, plan, context)
        : droplets.act(machine.ref, { type: 'power_on' }, context),
    shutDownMachine: ({ ref }, context) => droplets.act(ref, { type: 'shutdown' }, context),
    switchOffMachine: ({ ref }, context) => droplets.act(ref, { type: 'power_off' }, context),
    releaseMachine: release,
    async deleteMachine({ ref, instanceName }, context) {
      for (const one of await images.named(instanceName, context)) await images.delete(one, context);
      if (!isImageRef(ref)) await droplets.delete(ref, context);
    },
  };
}
