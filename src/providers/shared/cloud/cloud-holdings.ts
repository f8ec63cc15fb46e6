// What an installation has at a cloud, and its removal in an order that can be repeated.
import type { Holding, Holdings } from '../../holdings.ts';
import { keptName } from '../../names.ts';
import { systemClock } from './clock.ts';
import type { Cloud } from './cloud.ts';
import { createHomes } from './homes.ts';
import { createListPoll } from './list-poll.ts';
import { createMachines } from './machines.ts';
import { PHASES } from './phases.ts';

export function createCloudHoldings(cloud: Cloud, installId: string): Holdings {
  const snapshots = createListPoll((context) => cloud.snapshots(installId, context));
  const homes = createHomes({
    cloud,
    poll: always(createListPoll((context) => cloud.volumes(installId, context))),
    snapshot: async () => undefined,
    clock: systemClock,
  });
  const machines = createMachines({
    cloud,
    poll: always(createListPoll((context) => cloud.machines(installId, context))),
    home: homes.find,
    ...PHASES,
    clock: systemClock,
  });

  return {
    title: cloud.title,
    async list(context) {
      const [boxes, volumes, snapshots, others] = await Promise.all([
        machines.list(installId, context),
        cloud.volumes(installId, context),
        cloud.snapshots(installId, context),
        cloud.belongings(installId, context),
      ]);
      return [
        ...boxes.map(({ instanceName }): Holding => ({ kind: 'box', name: instanceName })),
        ...volumes.map(({ boxId }): Holding => ({ kind: 'home', name: keptName(installId, boxId) })),
        ...snapshots.map(({ snapshotId }): Holding => ({ kind: 'snapshot', name: keptName(installId, snapshotId) })),
        ...others,
      ];
    },
    async remove({ keepHomes }, context) {
      for (const { boxId, incarnation, instanceName } of await machines.list(installId, context))
        await machines.remove({ installId, boxId, incarnation, instanceName }, context);
      if (keepHomes) return;
      for (const snapshot of await cloud.snapshots(installId, context)) await cloud.deleteSnapshot(snapshot, context);
      // Some clouds delete no volume before its snapshots are gone.
      await snapshots.until((left) => (left.length === 0 ? true : undefined), context.signal);
      for (const { boxId } of await cloud.volumes(installId, context))
        await homes.remove({ installId, boxId }, context);
      await cloud.tidy(installId, context);
    },
  };
}

const always =
  <T>(one: T) =>
  (): T =>
    one;
