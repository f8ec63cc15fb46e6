// Volumes whose home was destroyed while snapshots of it stay: renamed, and taken away after the last of these.
import { z } from 'zod';
import { parseKeptName } from '../names.ts';
import type { CallContext } from '../provider.ts';
import type { OvhApi } from './api.ts';
import { isStatus } from './errors.ts';
import { type OvhVolume, volumeSchema, volumeSnapshotSchema } from './replies.ts';

export interface Leftovers {
  /** True when the volume has snapshots: it is no home any more then. */
  putAside(volume: Pick<OvhVolume, 'id' | 'region'>, name: string, context: CallContext): Promise<boolean>;
  /** Takes away those of an installation that have no snapshots any more. Of nothing is success. */
  sweep(installId: string, context: CallContext): Promise<void>;
  /** The names of those of an installation. */
  names(installId: string, context: CallContext): Promise<readonly string[]>;
}

const volumesSchema = z.array(volumeSchema);
const snapshotsSchema = z.array(volumeSnapshotSchema.pick({ volumeId: true }));
const nothing = z.unknown();
/** Behind the name of a home, which is no such name with it. */
const MARK = '-left';

export function createLeftovers({ project }: OvhApi): Leftovers {
  const snapshots = (context: CallContext, region?: string) =>
    project.get('/volume/snapshot', snapshotsSchema, context, region === undefined ? {} : { region });

  async function leftOf(installId: string, context: CallContext): Promise<OvhVolume[]> {
    const all = await project.get('/volume', volumesSchema, context);
    return all.filter(({ name }) => isLeftOf(installId, name ?? ''));
  }

  return {
    async putAside({ id, region }, name, context) {
      if (!(await snapshots(context, region)).some(({ volumeId }) => volumeId === id)) return false;
      await project.put(pathOf(id), { name: name + MARK }, nothing, context);
      return true;
    },

    async sweep(installId, context) {
      const left = await leftOf(installId, context);
      if (left.length === 0) return;
      const needed = new Set((await snapshots(context)).map(({ volumeId }) => volumeId));
      for (const { id } of left.filter((volume) => !needed.has(volume.id))) {
        await project.delete(pathOf(id), context).catch((error: unknown) => {
          // A snapshot that is being deleted still counts; the next sweep comes.
          if (!isStatus(error, 400, 409)) throw error;
        });
      }
    },

    names: async (installId, context) => (await leftOf(installId, context)).map(({ name }) => name ?? ''),
  };
}

function isLeftOf(installId: string, name: string): boolean {
  return name.endsWith(MARK) && parseKeptName(name.slice(0, -MARK.length))?.installId === installId;
}

function pathOf(ref: string): string {
  return `/volume/${encodeURIComponent(ref)}`;
}
