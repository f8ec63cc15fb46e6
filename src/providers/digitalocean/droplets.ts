// Droplets: machines that are there, running or switched off.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { parseInstanceName } from '../names.ts';
import { type CallContext, ProviderError } from '../provider.ts';
import { wasRefusedWith } from '../shared/cloud/api-faults.ts';
import type { Machine, MachinePlan, MachineState } from '../shared/cloud/cloud.ts';
import { type Api, listOf } from './api.ts';
import { actionFailed } from './errors.ts';
import { installTag, machineOf, tagsOf } from './marks.ts';
import type { DigitalOceanOptions } from './options.ts';
import type { Sizes } from './sizes.ts';

const dropletSchema = z.object({
  id: z.number(),
  name: z.string(),
  /** `new`, `active`, `off` or `archive`. */
  status: z.string(),
  /** Something is under way on it. */
  locked: z.boolean().default(false),
  created_at: z.coerce.date(),
  region: z.object({ slug: z.string() }),
  networks: z.object({ v4: listOf(z.object({ ip_address: z.string(), type: z.string() })) }),
  volume_ids: listOf(z.string()),
  tags: listOf(z.string()),
});
type Droplet = z.infer<typeof dropletSchema>;

const oneSchema = z.object({ droplet: dropletSchema });
const actionSchema = z.object({ id: z.number(), status: z.string(), type: z.string(), started_at: z.coerce.date() });
const actionReply = z.object({ action: actionSchema });
export const IN_PROGRESS = 'in-progress';
export type Action = z.infer<typeof actionSchema>;

/** What is asked of a droplet: how that is said where it fails, and the state that makes it unnecessary. */
const ACTIONS = {
  power_on: { doing: 'start this machine', makes: 'running' },
  shutdown: { doing: 'shut this machine down', makes: 'stopped' },
  power_off: { doing: 'switch this machine off', makes: 'stopped' },
  snapshot: { doing: 'put the disk of this machine away', makes: undefined },
} as const satisfies Record<string, { doing: string; makes: MachineState | undefined }>;
type ActionType = keyof typeof ACTIONS;

export interface Droplets {
  list(installId: string, context: CallContext): Promise<Machine[]>;
  find(id: string, context: CallContext): Promise<Machine | undefined>;
  /** By its name, where lists by tag may not have it yet. */
  named(name: string, context: CallContext): Promise<Machine | undefined>;
  create(plan: MachinePlan, from: DropletImage, context: CallContext): Promise<Machine>;
  /** Begins it. Resolves where the droplet is gone, or is as it should be already; rejects where it is busy with something else. */
  act(id: string, action: { type: ActionType; name?: string }, context: CallContext): Promise<void>;
  /** The newest first. */
  actions(id: string, context: CallContext): Promise<Action[]>;
  delete(id: string, context: CallContext): Promise<void>;
}

export interface DropletImage {
  image: string | number;
  leastDiskGB?: number | undefined;
}

export function createDroplets(api: Api, sizes: Sizes, options: DigitalOceanOptions): Droplets {
  const listed = { path: '/v2/droplets', name: 'droplets', item: dropletSchema };
  const keys = [fingerprintOf(options.controlKey)];

  async function actions(id: string, context: CallContext): Promise<Action[]> {
    const all = await api.all({ path: `/v2/droplets/${id}/actions`, name: 'actions', item: actionSchema }, context);
    return all.sort((one, other) => other.started_at.getTime() - one.started_at.getTime() || other.id - one.id);
  }

  return {
    async list(installId, context) {
      const all = await api.all({ ...listed, query: { tag_name: installTag(installId) } }, context);
      return all.map(machineFrom).filter((machine) => machine !== undefined);
    },
    async find(id, context) {
      const found = await api.find(`/v2/droplets/${id}`, oneSchema, context);
      return found && machineFrom(found.droplet);
    },
    async named(name, context) {
      const all = await api.all({ ...listed, query: { name } }, context);
      return all.map(machineFrom).find((machine) => machine?.instanceName === name);
    },
    async create(plan, { image, leastDiskGB }, context) {
      const { resources, region, volume, instanceName, userData } = plan;
      const size = await sizes.pick({ ...resources, region, leastDiskGB, agreed: plan }, context);
      const body = {
        name: instanceName,
        region,
        size: size.name,
        image,
        ssh_keys: keys,
        user_data: userData,
        volumes: [volume.ref],
        tags: tagsOf(plan),
        // What its agent sends is a service's traffic, which keeps no box awake (machine/programs/facts).
        monitoring: true,
        // It lets people with access to the account in, past the keys of the box.
        with_droplet_agent: false,
      };
      const { droplet } = await api.post('/v2/droplets', body, oneSchema, context).catch((error: unknown) => {
        if (error instanceof ProviderError && error.code === 'sold_out') sizes.forget();
        throw error;
      });
      // Tags and volumes are put on it after this answer.
      return { ...viewOf(droplet), boxId: plan.boxId, incarnation: plan.incarnation, volumes: [volume.ref] };
    },
    async act(id, action, context) {
      const { doing, makes } = ACTIONS[action.type];
      try {
        const { action: begun } = await api.post(`/v2/droplets/${id}/actions`, action, actionReply, context);
        if (begun.status !== 'errored') return;
      } catch (error) {
        if (wasRefusedWith(error, 404)) return;
        if (!wasRefusedWith(error, 422)) throw error;
        const newest = (await actions(id, context))[0];
        if (newest?.status === IN_PROGRESS && newest.type === action.type) return;
        const now = await api.find(`/v2/droplets/${id}`, oneSchema, context);
        if (now === undefined || stateOf(now.droplet) === makes) return;
        throw error;
      }
      throw actionFailed(doing);
    },
    actions,
    delete: (id, context) => api.delete(`/v2/droplets/${id}`, context),
  };
}

/** Undefined where its marks are not whole. They are put on it after it was made; until then its name has all of it. */
function machineFrom(droplet: Droplet): Machine | undefined {
  const marks = droplet.tags.length === 0 ? parseInstanceName(droplet.name) : machineOf(droplet.name, droplet.tags);
  return marks && { ...viewOf(droplet), boxId: marks.boxId, incarnation: marks.incarnation };
}

function viewOf(droplet: Droplet): Omit<Machine, 'boxId' | 'incarnation'> {
  return {
    instanceName: droplet.name,
    ref: String(droplet.id),
    state: stateOf(droplet),
    region: droplet.region.slug,
    createdAt: droplet.created_at,
    address: droplet.networks.v4.find(({ type }) => type === 'public')?.ip_address,
    volumes: droplet.volume_ids,
  };
}

function stateOf({ status, locked }: Droplet): MachineState {
  if (status === 'new') return 'making';
  if (status === 'archive') return 'failed';
  if (locked) return 'changing';
  if (status === 'active') return 'running';
  return status === 'off' ? 'stopped' : 'changing';
}

/** As the vendor has it: MD5 over the key, in pairs. Source: https://docs.digitalocean.com/reference/api/reference/ssh-keys/ */
export function fingerprintOf(publicKey: string): string {
  const [, base64 = ''] = publicKey.trim().split(/\s+/);
  const digest = createHash('md5').update(Buffer.from(base64, 'base64')).digest('hex');
  return (digest.match(/../g) ?? []).join(':');
}
