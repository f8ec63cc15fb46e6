// Machines that are containers: systemd, cloud-init and OpenSSH as in an image of a cloud, and a block device for the home. The kernel, and
// the network's way out, are those of this machine and of nobody.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import Docker from 'dockerode';
import { parse } from 'yaml';
import { z } from 'zod';
import { BOX_SSH_PORT, ensureBoxImage } from '../../../src/providers/docker/image.ts';
import { boxArchive } from '../../../src/providers/docker/image-archive.ts';
import { ran } from '../../providers/shared/machine/throwaway-machine.ts';
import type { Boot, Machines } from './machines.ts';

export interface ContainerBoxes extends Machines {
  /** What is on this machine of them: containers, networks, and files that are block devices. */
  left(): Promise<string[]>;
}

interface Box {
  address: string;
  container: Docker.Container | undefined;
  /** The home's, while it is attached. */
  device: string | undefined;
  /** Aborted when it is switched off. */
  on: AbortController;
  /** Settles once its home is attached, or it is off. */
  attached: Promise<void>;
  /** All that was asked of it so far, one after the other. */
  done: Promise<void>;
}

const IMAGE = 'shellbox-test-machine:latest';
const RECIPE = fileURLToPath(new URL('container-image', import.meta.url));
const LABEL = 'shellbox.test-machines';
const SEED = '/var/lib/cloud/seed/nocloud';
const GIB = 1024 ** 3;
const SHUT_DOWN_S = 20;
const ATTACH_PAUSE_MS = 100;
const MOST_SUBNETS = 64;
/** Not `privileged`: its system would think the devices of this machine its own. */
const RIGHTS = {
  // To mount a home and to keep it still, and for systemd.
  CapAdd: ['SYS_ADMIN'],
  SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined'],
  CgroupnsMode: 'private',
  // Loop devices: homes.
  DeviceCgroupRules: ['b 7:* rmw'],
  Tmpfs: { '/run': 'exec', '/run/lock': '', '/tmp': '' },
};

const configSchema = z.object({ write_files: z.array(z.object({ path: z.string(), content: z.string() })) });

/** Whether this machine's engine, devices and rights allow them. */
export async function canHoldContainerBoxes(): Promise<boolean> {
  if (process.getuid?.() !== 0 || !existsSync('/dev/loop-control')) return false;
  try {
    await new Docker().ping();
    return true;
  } catch {
    return false;
  }
}

export async function openContainerBoxes(): Promise<ContainerBoxes> {
  const docker = new Docker();
  const mark = randomUUID();
  const labels = { [LABEL]: mark };
  await ensureBoxImage({
    ...{ docker, tag: IMAGE, recipeDir: RECIPE },
    onProgress: () => undefined,
    signal: AbortSignal.timeout(15 * 60_000),
  });
  const folder = await mkdtemp('/var/tmp/shellbox-machines-');
  const { network, prefix } = await openNetwork(docker, mark, labels);
  const boxes = new Map<string, Box>();
  /** Those that were deleted. */
  const gone: Box[] = [];
  const failures: unknown[] = [];
  let booted = 1;

  function next(box: Box, step: () => Promise<void>): void {
    box.done = box.done.then(step).catch((error: unknown) => void failures.push(error));
  }

  async function start(box: Box, { id, userData, home }: Boot): Promise<void> {
    box.container ??= await make(box.address, id, userData);
    await box.container.start();
    const { State } = await box.container.inspect();
    box.attached = attach(box, State.Pid, { path: deviceIn(userData), home });
    box.attached.catch((error: unknown) => failures.push(error));
  }

  async function make(address: string, id: string, userData: string): Promise<Docker.Container> {
    const container: Docker.Container = await docker.createContainer({
      Image: IMAGE,
      Labels: labels,
      HostConfig: { ...RIGHTS, NetworkMode: network.id },
      NetworkingConfig: { EndpointsConfig: { [network.id]: { IPAMConfig: { IPv4Address: address } } } },
    });
    const seeds = { 'user-data': userData, 'meta-data': `instance-id: ${id}\n` };
    const owned = { mode: 0o600, uid: 0, gid: 0 };
    const files = Object.entries(seeds).map(([name, text]) => ({ ...owned, path: `${SEED}/${name}`, text }));
    await container.putArchive(boxArchive(files), { path: '/' });
    return container;
  }

  /** Waits for the volume as long as the machine is on, in the background. */
  async function attach(box: Box, pid: number, { path, home }: { path: string; home: Boot['home'] }): Promise<void> {
    const { signal } = box.on;
    while (!signal.aborted) {
      const mounted = home();
      if (mounted === undefined) {
        await delay(ATTACH_PAUSE_MS);
        continue;
      }
      mounted.disk.file ??= await newFile(join(folder, randomUUID()));
      await truncate(mounted.disk.file, mounted.sizeGiB * GIB);
      const device = await well(['losetup', '--find', '--show', mounted.disk.file]);
      box.device = device;
      const line = 'rm -f "$1"; mknod "$1" b 7 "$2"; mkdir -p "$(dirname "$3")"; ln -sfn "$1" "$3"';
      const enter = ['nsenter', '--target', String(pid), '--mount', '--', 'sh', '-ec', line, 'sh'];
      await well([...enter, device, device.replace('/dev/loop', ''), path]);
      return;
    }
  }

  async function detach(box: Box): Promise<void> {
    await box.attached.catch(() => undefined);
    const { device } = box;
    box.device = undefined;
    if (device !== undefined) await well(['losetup', '--detach', device]);
  }

  function halt(id: string): void {
    const box = boxes.get(id);
    if (box === undefined || box.on.signal.aborted) return;
    box.on.abort();
    next(box, async () => {
      await box.container?.stop({ t: SHUT_DOWN_S });
      await detach(box);
    });
  }

  function remove(id: string): void {
    const box = boxes.get(id);
    if (box === undefined) return;
    boxes.delete(id);
    box.on.abort();
    gone.push(box);
    next(box, async () => {
      await box.container?.remove({ force: true, v: true });
      await detach(box);
    });
  }

  return {
    port: BOX_SSH_PORT,
    boot(machine) {
      const box = boxes.get(machine.id) ?? {
        address: `${prefix}.${++booted}`,
        container: undefined,
        device: undefined,
        on: new AbortController(),
        attached: Promise.resolve(),
        done: Promise.resolve(),
      };
      boxes.set(machine.id, box);
      if (box.on.signal.aborted) box.on = new AbortController();
      next(box, () => start(box, machine));
      return box.address;
    },
    halt,
    remove,
    async left() {
      await Promise.all([...boxes.values(), ...gone].map(({ done }) => done));
      const filters = JSON.stringify({ label: [`${LABEL}=${mark}`] });
      const [containers, networks, loops] = await Promise.all([
        docker.listContainers({ all: true, filters }),
        docker.listNetworks({ filters }),
        well(['losetup', '--list', '--noheadings', '--output', 'BACK-FILE']),
      ]);
      return [
        ...containers.map(({ Id }) => `container ${Id}`),
        ...networks.map(({ Id }) => `network ${Id}`),
        ...loops.split('\n').filter((file) => file.startsWith(folder)),
      ];
    },
    async close() {
      for (const id of [...boxes.keys()]) remove(id);
      await Promise.all(gone.map(({ done }) => done));
      await network.remove();
      await rm(folder, { recursive: true });
      if (failures.length > 0) throw new AggregateError(failures, 'Machines of the tests failed.');
    },
  };
}

/** One that leads nowhere but here, in the range of addresses that is for tests of networks (RFC 2544). */
async function openNetwork(docker: Docker, name: string, labels: Record<string, string>) {
  for (let at = 0; ; at++) {
    const prefix = `198.18.${at}`;
    try {
      const IPAM = { Driver: 'default', Config: [{ Subnet: `${prefix}.0/24` }] };
      const network = await docker.createNetwork({ Name: name, Labels: labels, Internal: true, IPAM });
      return { network, prefix };
    } catch (error) {
      // Somebody has it already.
      if (at === MOST_SUBNETS) throw error;
    }
  }
}

/** Where the machine will look for its home. */
function deviceIn(userData: string): string {
  const { write_files } = configSchema.parse(parse(userData));
  const packed = write_files.find(({ path }) => path === '/etc/shellbox/machine')?.content ?? '';
  const [, device = ''] = /^HOME_DEVICE=(.*)$/m.exec(gunzipSync(Buffer.from(packed, 'base64')).toString()) ?? [];
  return device;
}

async function newFile(path: string): Promise<string> {
  await writeFile(path, '');
  return path;
}

async function well(argv: readonly string[]): Promise<string> {
  const { status, out, err } = await ran(argv);
  if (status !== 0) throw new Error(`${argv[0]}: ${err}`);
  return out.trim();
}
