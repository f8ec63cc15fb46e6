// Reads one of OVH's instances as a machine of Shellbox.
import { parseInstanceName } from '../names.ts';
import type { Machine, MachineState } from '../shared/cloud/cloud.ts';
import type { OvhInstance, OvhVolume } from './replies.ts';
import { oldestFirst } from './same-names.ts';

/** What is not named here is on its way from one to another, or waits for a person. */
const STATES: Readonly<Record<string, MachineState>> = {
  ACTIVE: 'running',
  BUILD: 'making',
  BUILDING: 'making',
  SHUTOFF: 'stopped',
  STOPPED: 'stopped',
  SHELVED: 'released',
  SHELVED_OFFLOADED: 'released',
  ERROR: 'failed',
};
const GONE = ['DELETED', 'SOFT_DELETED'];

/** Undefined for what is gone, and for what is not Shellbox's. */
export function machineOf(instance: OvhInstance, volumes: readonly OvhVolume[]): Machine | undefined {
  const { id, name, status, region, created } = instance;
  const mark = parseInstanceName(name);
  if (mark === undefined || GONE.includes(status)) return undefined;
  return {
    boxId: mark.boxId,
    incarnation: mark.incarnation,
    instanceName: name,
    ref: id,
    state: STATES[status] ?? 'changing',
    region,
    createdAt: created,
    address: instance.ipAddresses?.find(({ type, version }) => type === 'public' && version === 4)?.ip,
    volumes: volumes.filter(({ attachedTo }) => attachedTo?.includes(id)).map((volume) => volume.id),
  };
}

export function machinesOf(
  installId: string,
  instances: readonly OvhInstance[],
  volumes: readonly OvhVolume[],
): readonly Machine[] {
  const ours = instances.filter(({ name }) => parseInstanceName(name)?.installId === installId);
  const machines = ours.map((instance) => machineOf(instance, volumes)).filter((machine) => machine !== undefined);
  return oldestFirst(machines, ({ ref, createdAt }) => ({ id: ref, madeAt: createdAt }));
}
