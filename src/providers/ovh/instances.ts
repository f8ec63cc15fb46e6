// Instances of OVH: looked at, made, started, stopped, shelved and taken away.
import { z } from 'zod';
import { type CallContext, ProviderError } from '../provider.ts';
import type { Machine, MachineCalls, MachinePlan } from '../shared/cloud/cloud.ts';
import { isAffordable, tooDear } from '../shared/cloud/too-dear.ts';
import type { OvhApi } from './api.ts';
import { isStatus, TITLE } from './errors.ts';
import { canBeHad, fits, flavorFor, flavorsIn } from './flavors.ts';
import { imageIn } from './images.ts';
import { machineOf, machinesOf } from './instance-view.ts';
import type { Prices } from './prices.ts';
import { createdSchema, instanceSchema, type OvhFlavor, type OvhVolume, volumeSchema } from './replies.ts';

interface InstancesOptions {
  api: OvhApi;
  image: string;
  families: readonly string[];
  hourlyOf: Prices['hourlyOf'];
}

const instancesSchema = z.array(instanceSchema);
const volumesSchema = z.array(volumeSchema);
/** Mostly `null`. */
const nothing = z.unknown();
/** These calls are sent without a body: this is left out when it becomes JSON. */
const NO_BODY = { toJSON: () => undefined };

export function createInstances({ api, image, families, hourlyOf }: InstancesOptions): MachineCalls {
  const { project } = api;

  function volumesIn(context: CallContext, region?: string): Promise<OvhVolume[]> {
    return project.get('/volume', volumesSchema, context, region === undefined ? {} : { region });
  }

  async function machine(ref: string, context: CallContext): Promise<Machine | undefined> {
    const instance = await project.find(pathOf(ref), instanceSchema, context);
    return instance === undefined ? undefined : machineOf(instance, await volumesIn(context, instance.region));
  }

  /**
   * A machine that is gone, or that does what was asked for already, is no failure. OpenStack refuses with 409 what comes while another call
   * is under way, and what has happened already; whoever asked looks again and sees which.
   */
  async function tell({ ref, state }: Machine, action: string, context: CallContext): Promise<void> {
    try {
      await project.post(`${pathOf(ref)}/${action}`, NO_BODY, nothing, context);
    } catch (error) {
      if (isStatus(error, 404, 409)) return;
      if (!isStatus(error, 400)) throw error;
      const now = await project.find(pathOf(ref), instanceSchema, context);
      if (now !== undefined && machineOf(now, [])?.state === state) throw error;
    }
  }

  /** The families' order is the operator's wish; the price is what was agreed, and goes before it. */
  async function choose(plan: MachinePlan, context: CallContext): Promise<OvhFlavor> {
    const { region, resources, mostHourly } = plan;
    const flavors = await flavorsIn(api, region, families, context);
    const first = flavorFor(flavors, resources, region);
    if (mostHourly === undefined) return first;
    for (const flavor of flavors.filter((one) => fits(one, resources) && canBeHad(one))) {
      const hourly = await hourlyOf(flavor, context);
      if (hourly !== undefined && isAffordable({ hourly }, plan)) return flavor;
    }
    throw tooDear(plan, `${TITLE} in ${region}`);
  }

  /** The list of flavors is the only place where OVH says that there is no stock or no quota. */
  async function made(plan: MachinePlan, context: CallContext): Promise<unknown> {
    const { region, instanceName: name, userData } = plan;
    const [flavor, { id: imageId }] = await Promise.all([
      choose(plan, context),
      imageIn(api, region, plan.image ?? image, context),
    ]);
    const body = { name, region, flavorId: flavor.id, imageId, userData, monthlyBilling: false };
    try {
      return await project.post('/instance', body, nothing, context);
    } catch (error) {
      if (isStatus(error, 400, 403, 409)) await choose(plan, context);
      throw error;
    }
  }

  return {
    machine,

    async machines(installId, context) {
      const [instances, volumes] = await Promise.all([
        project.get('/instance', instancesSchema, context),
        volumesIn(context),
      ]);
      return machinesOf(installId, instances, volumes);
    },

    /** Its volume is attached once it runs: OVH can do that no earlier. */
    async createMachine(plan, context) {
      const reply = await made(plan, context);
      const { data: whole } = instanceSchema.safeParse(reply);
      if (whole !== undefined) return machineOf(whole, []) ?? unknown();
      const { data: created } = createdSchema.safeParse(reply);
      if (created !== undefined) return (await machine(created.id, context)) ?? unknown();
      // There are answers that do not say what was made.
      const { region, installId, instanceName } = plan;
      const there = await project.get('/instance', instancesSchema, context, { region });
      const found = machinesOf(installId, there, []).find((one) => one.instanceName === instanceName);
      return found ?? unknown();
    },

    async startMachine(given, _plan, context) {
      if (given.state === 'released') await tell(given, 'unshelve', context);
      if (given.state === 'stopped') await tell(given, 'start', context);
    },

    shutDownMachine: (given, context) => tell(given, 'stop', context),

    /**
     * Nothing at OVH pulls the plug: a hard reboot starts the machine again. But its stop does so by itself when the system has not shut down
     * within a minute (https://docs.openstack.org/nova, shutdown_timeout), and a second one does no harm.
     */
    switchOffMachine: (given, context) => tell(given, 'stop', context),

    /** While it is shelved it looks stopped, and OpenStack refuses a second one with 409. */
    async releaseMachine(given, context) {
      if (given.state === 'stopped') await tell(given, 'shelve', context);
    },

    async deleteMachine({ ref }, context) {
      try {
        await project.delete(pathOf(ref), context);
      } catch (error) {
        if (!isStatus(error, 400, 409)) throw error;
        const now = await project.find(pathOf(ref), instanceSchema, context);
        if (now !== undefined && now.status !== 'DELETING') throw error;
      }
    },
  };
}

function unknown(): never {
  throw new ProviderError('timeout', 'OVH took the order for a machine, and does not show the machine yet.');
}

function pathOf(ref: string): string {
  return `/instance/${encodeURIComponent(ref)}`;
}
