// A machine to try programs of ours in, as they are and at their real paths: this one's files under a layer that is thrown away, with
// processes, mounts and a name of its own, and a network where that is asked for. Not its kernel or disks.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { machineFiles } from '../../../../src/providers/shared/machine/machine-files.ts';

export interface Ran {
  status: number | null;
  out: string;
  err: string;
}

export interface ThrowawayMachine {
  /** Runs a program in it. */
  run(argv: readonly string[], input?: string): Promise<Ran>;
  /** The words before a program of its: to be started by whoever keeps it running. */
  enter: readonly string[];
  /** Where this machine sees a file of it. */
  path(inside: string): string;
  write(inside: string, content: string, mode?: number): Promise<void>;
  read(inside: string): Promise<string>;
  stop(): Promise<void>;
}

const SET_UP = `
set -eu
mount -t tmpfs -o size=1g tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
mount -t proc proc "$1/root/proc"
[ "$2" = own ] && mount -t sysfs sysfs "$1/root/sys" || mount --rbind /sys "$1/root/sys"
mount --rbind /dev "$1/root/dev"
mount -t tmpfs tmpfs "$1/root/run"
mount -t tmpfs -o mode=1777 tmpfs "$1/root/tmp"
# Its first process takes note of whatever ends in it, as an init does.
exec chroot "$1/root" sh -c 'echo ready; cat; :'
`;

/** With a home of nothing, and no file of ours but those that `putProgramsIn` brings. Ends with the process that started it. */
export async function startMachine(network: 'own' | 'shared' = 'shared'): Promise<ThrowawayMachine> {
  const folder = await mkdtemp(join(tmpdir(), 'shellbox-machine-'));
  const namespaces = ['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child', '--uts'];
  if (network === 'own') namespaces.push('--net');
  const holder = spawn('unshare', [...namespaces, 'sh', '-c', SET_UP, 'sh', folder, network], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(holder, 'exit');
  const began = await Promise.race([once(holder.stdout, 'data'), ended.then(() => undefined)]);
  if (began === undefined) {
    await rm(folder, { recursive: true });
    throw new Error('This machine cannot hold another.');
  }
  const child = (await readFile(`/proc/${holder.pid}/task/${holder.pid}/children`, 'utf8')).trim();
  const net = network === 'own' ? ['--net'] : [];
  const enter = ['nsenter', '--target', child, '--mount', '--pid', '--uts', ...net, '--root', '--wd', '--'];
  const path = (inside: string) => `/proc/${child}/root${inside}`;
  return {
    enter,
    path,
    run: (argv, input = '') => ran([...enter, ...argv], input),
    async write(inside, content, mode = 0o644) {
      await mkdir(path(dirname(inside)), { recursive: true });
      await writeFile(path(inside), content, { mode });
    },
    read: (inside) => readFile(path(inside), 'utf8'),
    async stop() {
      holder.stdin.end();
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

/** Whether this machine lets us (root, and a file system that bears another layer). */
export async function canHoldMachines(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  try {
    await (await startMachine()).stop();
    return true;
  } catch {
    return false;
  }
}

/** The files that a new box would have. */
export async function putProgramsIn(machine: ThrowawayMachine, setupScript?: string): Promise<void> {
  const texts = { authorizedKeys: '', controlKeys: '', greeting: '', device: '/dev/none', setupScript };
  for (const { path, content, mode } of machineFiles(texts)) await machine.write(path, content, mode);
}

export function ran(argv: readonly string[], input = ''): Promise<Ran> {
  const [file = '', ...rest] = argv;
  return new Promise((resolve) => {
    const child = execFile(file, rest, { maxBuffer: 64 * 1024 ** 2 }, (_error, out, err) =>
      resolve({ status: child.exitCode, out, err }),
    );
    // A program that reads nothing may be gone by then.
    child.stdin?.on('error', () => undefined).end(input);
  });
}
