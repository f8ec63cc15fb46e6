// What the engine is asked to make for a box, as a plain value.
import type { ContainerCreateOptions, MountSettings } from 'dockerode';
import type { BoxRef, BoxSpec } from '../provider.ts';
import { BOX_PATHS } from '../shared/box-system.ts';
import { BOX_SSH_PORT, BOX_SUDO_ENV } from './image.ts';

export const LABELS = {
  install: 'shellbox.install',
  box: 'shellbox.box',
  incarnation: 'shellbox.incarnation',
} as const;

/** What sshd, sudo and apt need (capabilities(7)); everything else is dropped. */
const CAPABILITIES = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'SETUID',
  'SETGID',
  'SETFCAP',
  'KILL',
  'SYS_CHROOT',
  'AUDIT_WRITE',
  'NET_BIND_SERVICE',
] as const;

/** Of a box that is stopped and does not end by itself. */
export const STOP_SECONDS = 10;

const MIB = 1024 * 1024;
const NANO = 1_000_000_000;
/** When the host runs out of memory, boxes end before the host's services do. */
const OOM_SCORE_ADJUSTMENT = 500;

/** What differs between hosts. */
export interface HostTraits {
  image: string;
  network: string;
  bindAddress: string;
  sudo: boolean;
  /** The home, mounted at the box's home folder. */
  home: Pick<MountSettings, 'Type' | 'Source'>;
  /** Folders of the host with the box's keys, where the engine can mount them. */
  folders: readonly MountSettings[];
  /** vCPUs of the host; Docker refuses more. */
  cpus: number;
  /** The limit of what is written outside the home, GiB; undefined where the engine takes none. */
  rootGiB: number | undefined;
}

export function containerPayload(box: BoxSpec, sshPort: number, host: HostTraits): ContainerCreateOptions {
  const ssh = `${BOX_SSH_PORT}/tcp`;
  return {
    name: box.instanceName,
    Image: host.image,
    Hostname: box.boxName,
    Env: [`${BOX_SUDO_ENV}=${host.sudo ? 1 : 0}`],
    Labels: labelsOf(box),
    ExposedPorts: { [ssh]: {} },
    StopTimeout: STOP_SECONDS,
    HostConfig: {
      NetworkMode: host.network,
      PortBindings: { [ssh]: [{ HostIp: host.bindAddress, HostPort: String(sshPort) }] },
      Mounts: [{ ...host.home, Target: BOX_PATHS.home.path }, ...host.folders],
      NanoCpus: Math.min(box.resources.cpus, host.cpus) * NANO,
      Memory: box.resources.memoryMiB * MIB,
      // Equal to Memory means no swap beside it.
      MemorySwap: box.resources.memoryMiB * MIB,
      PidsLimit: box.resources.pids,
      OomScoreAdj: OOM_SCORE_ADJUSTMENT,
      CapDrop: ['ALL'],
      CapAdd: [...CAPABILITIES],
      Privileged: false,
      // An empty list leaves the engine's seccomp and AppArmor profiles in force.
      SecurityOpt: host.sudo ? [] : ['no-new-privileges'],
      Init: true,
      RestartPolicy: { Name: 'no' },
      // Every line a box's root writes to its console costs the engine CPU time outside the box's limit, with any driver
      // that keeps lines; this one costs nothing.
      LogConfig: { Type: 'none', Config: {} },
      ...(host.rootGiB === undefined ? {} : { StorageOpt: { size: `${host.rootGiB}G` } }),
    },
  };
}

export function labelsOf(box: Pick<BoxRef, 'installId' | 'boxId' | 'incarnation'>): Record<string, string> {
  return {
    [LABELS.install]: box.installId,
    [LABELS.box]: box.boxId,
    [LABELS.incarnation]: String(box.incarnation),
  };
}
