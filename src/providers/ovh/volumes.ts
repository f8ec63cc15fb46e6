// Volumes of OVH: the homes of boxes, one disk each, named after their box.
import { z } from 'zod';
import { keptName, parseKeptName } from '../names.ts';
import { type CallContext, ProviderError } from '../provider.ts';
import type { Cloud, Volume } from '../shared/cloud/cloud.ts';
import type { OvhApi } from './api.ts';
import { isStatus } from './errors.ts';
import type { Leftovers } from './leftovers.ts';
import { isFailed, type OvhVolume, volumeSchema } from './replies.ts';
import { oldestFirst } from './same-names.ts';

type Volumes = Pick<
  Cloud,
  'volumes' | 'volume' | 'createVolume' | 'attachVolume' | 'detachVolume' | 'deleteVolume' | 'deviceOf'
>;

const volumesSchema = z.array(volumeSchema);
const nothing = z.unknown();
/** OVH's own name for its ordinary disks, kept three times. */
const TYPE = 'classic';
/** What virtio keeps of a serial number; OpenStack gives the volume's id as one. */
const SERIAL_LENGTH = 20;

export function createVolumes(api: OvhApi, leftovers: Leftovers): Volumes {
  const { project } = api;
  const find = (ref: string, context: CallContext) => project.find(pathOf(ref), volumeSchema, context);

  /** `from` is the status that OVH wants for this. What is in no such status is on its way, and asked again later. */
  async function change(
    action: 'attach' | 'detach',
    { volume, machine, from }: { volume: Volume; machine: string; from: string },
    context: CallContext,
  ): Promise<void> {
    try {
      await project.post(`${pathOf(volume.ref)}/${action}`, { instanceId: machine }, nothing, context);
    } catch (error) {
      if (isStatus(error, 404)) return;
      if (!isStatus(error, 400, 409)) throw error;
      const now = await find(volume.ref, context);
      if (now === undefined || isAttached(now, machine) === (action === 'attach')) return;
      throw now.status === from ? error : busy(error);
    }
  }

  return {
    async volumes(installId, context) {
      const all = await project.get('/volume', volumesSchema, context);
      return volumesOf(installId, all);
    },

    async volume(ref, context) {
      const found = await find(ref, context);
      return found === undefined ? undefined : volumeOf(found);
    },

    async createVolume({ installId, boxId, region, sizeGiB, from }, context) {
      if (from !== undefined && (from.region !== region || from.volumeGiB > sizeGiB)) {
        throw new ProviderError('invalid', `A home of ${sizeGiB} GiB in ${region} cannot be made of that snapshot.`, {
          remedy: `Make one of at least ${from.volumeGiB} GiB in ${from.region}.`,
        });
      }
      const name = keptName(installId, boxId);
      const body = { name, region, size: sizeGiB, type: TYPE, ...(from === undefined ? {} : { snapshotId: from.ref }) };
      const reply = await project.post('/volume', body, nothing, context);
      const { data } = volumeSchema.safeParse(reply);
      if (data !== undefined) return viewOf(data, boxId);
      const all = await project.get('/volume', volumesSchema, context, { region });
      const found = volumesOf(installId, all).find((one) => one.boxId === boxId);
      if (found !== undefined) return found;
      throw new ProviderError('timeout', 'OVH took the order for a volume, and does not show the volume yet.');
    },

    async attachVolume(volume, { ref: machine }, context) {
      if (volume.attachedTo.includes(machine)) return;
      await change('attach', { volume, machine, from: 'available' }, context);
    },

    async detachVolume(volume, { ref: machine }, context) {
      if (!volume.attachedTo.includes(machine)) return;
      await change('detach', { volume, machine, from: 'in-use' }, context);
    },

    /** One that has snapshots is put aside, so that they can stay: OpenStack does not delete it before them. */
    async deleteVolume({ ref }, context) {
      const volume = await find(ref, context);
      const name = volume?.name ?? '';
      const mark = parseKeptName(name);
      if (volume === undefined || mark === undefined || volume.status === 'deleting') return;
      if ((volume.attachedTo ?? []).length > 0) throw busy();
      if (!(await leftovers.putAside(volume, name, context))) {
        await project.delete(pathOf(ref), context).catch((error: unknown) => {
          throw isStatus(error, 400, 409) ? busy(error) : error;
        });
      }
      await leftovers.sweep(mark.installId, context);
    },

    deviceOf: ({ ref }) => `/dev/disk/by-id/virtio-${ref.slice(0, SERIAL_LENGTH)}`,
  };
}

function volumesOf(installId: string, all: readonly OvhVolume[]): readonly Volume[] {
  const ours = all.filter(({ name }) => parseKeptName(name ?? '')?.installId === installId);
  const sorted = oldestFirst(ours, ({ id, creationDate, created }) => ({ id, madeAt: creationDate ?? created }));
  return sorted.map(volumeOf).filter((volume) => volume !== undefined);
}

function volumeOf(volume: OvhVolume): Volume | undefined {
  const mark = parseKeptName(volume.name ?? '');
  return mark === undefined ? undefined : viewOf(volume, mark.uuid);
}

function viewOf({ id, region, size, status, attachedTo }: OvhVolume, boxId: string): Volume {
  return {
    ref: id,
    boxId,
    region,
    sizeGiB: size,
    // The volume of a shelved machine is `reserved` for it; before that, so is one that is being attached.
    ready: ['available', 'in-use'].includes(status) || (status === 'reserved' && (attachedTo ?? []).length > 0),
    ...(isFailed({ status }) ? { failed: true } : {}),
    attachedTo: attachedTo ?? [],
  };
}

function isAttached({ attachedTo }: OvhVolume, machine: string): boolean {
  return attachedTo?.includes(machine) ?? false;
}

function busy(cause?: unknown): ProviderError {
  return new ProviderError('busy', 'OVH is still busy with the volume of a home.', {
    remedy: 'It is tried again by itself; OVH’s own words are in the log.',
    cause,
  });
}

function pathOf(ref: string): string {
  return `/volume/${encodeURIComponent(ref)}`;
}
