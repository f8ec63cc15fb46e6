// The ways out of a container that everybody tries first, by root inside a real box, each first shown to work in a container without the limits.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OWN_IMAGE } from '../../../src/providers/docker/options.ts';
import type { BoxSpec } from '../../../src/providers/provider.ts';
import { containerOf, type DockerHost, engine, inBox, makeDockerHost, within } from './docker-host.ts';
import { engineAnswers } from './image-box.ts';

/** Capabilities that escapes need, and that this machine's own root has. A privileged container would need all. */
const LOOSE = [
  'SYS_ADMIN',
  'NET_RAW',
  'MKNOD',
  'SYS_PTRACE',
  'SYS_RAWIO',
  'SYS_BOOT',
  'SYS_MODULE',
  'SYS_TIME',
  'DAC_READ_SEARCH',
];

/** A process of this host that a box must not see. */
const CANARY = randomUUID();
/** Prints the file of its command line; the brackets keep the search from finding itself. */
const SEEN = `grep -al 'canary-[${CANARY[0]}]${CANARY.slice(1)}' /proc/[0-9]*/cmdline`;

/** Each succeeds where it gets through, and then has changed nothing. */
const ATTEMPTS: Readonly<Record<string, string>> = {
  'mount a file system': 'mount -t tmpfs none /mnt && umount /mnt',
  'bind one folder over another': 'mount --bind /etc /mnt && umount /mnt',
  // A folder in it names, in release_agent, a program that the kernel starts outside every container.
  'mount the control groups and make one':
    'mkdir -p /tmp/cg && { mount -t cgroup -o memory none /tmp/cg || mount -t cgroup2 none /tmp/cg; } && mkdir /tmp/cg/escape && rmdir /tmp/cg/escape; ok=$?; umount /tmp/cg; exit $ok',
  'make a disk': 'mknod /tmp/disk b 8 0 && rm /tmp/disk',
  'enter another process, one of the host where it is seen': `pid=$(${SEEN} | head -1 | cut -d/ -f3); nsenter -t ${'$'}{pid:-1} -m true`,
  'make namespaces': 'unshare -m true',
  'make a user, and be root in it': 'unshare -Ur true',
  'open a raw socket': `perl -MSocket -e 'socket(my $s, AF_INET, SOCK_RAW, 1) or exit 1'`,
  'see the packets of others': `perl -e 'socket(my $s, 17, 3, 768) or exit 1'`,
  'see a process of the host': `${SEEN} | grep -q .`,
  'speak with the engine': 'test -S /var/run/docker.sock || test -S /run/docker.sock',
};

/** Files by which root speaks with the kernel, where this kernel has them; each opened for appending, or one byte read. */
const KERNEL_FILES: Readonly<Record<string, string>> = {
  '/proc/sysrq-trigger': ': >> /proc/sysrq-trigger',
  '/proc/sys/kernel/core_pattern': ': >> /proc/sys/kernel/core_pattern',
  '/proc/sys/kernel/modprobe': ': >> /proc/sys/kernel/modprobe',
  '/sys/kernel/uevent_helper': ': >> /sys/kernel/uevent_helper',
  '/proc/kcore': 'test "$(head -c 1 /proc/kcore | wc -c)" = 1',
};

/** By their numbers on x86-64, called with nothing: whoever may call them gets another answer than EPERM. */
const CALLS = {
  mount: 165,
  umount2: 166,
  pivot_root: 155,
  swapon: 167,
  reboot: 169,
  init_module: 175,
  delete_module: 176,
  iopl: 172,
  open_by_handle_at: 304,
  setns: 308,
  perf_event_open: 298,
  bpf: 321,
  add_key: 248,
  userfaultfd: 323,
  settimeofday: 164,
} as const;
const EPERM = 1;

describe.skipIf(!(await engineAnswers()))('root in a box (needs an engine and root)', { timeout: 90_000 }, () => {
  let host: DockerHost;
  let box: BoxSpec;
  let loose: Awaited<ReturnType<typeof engine.createContainer>>;
  let canary: ChildProcess;

  beforeAll(async () => {
    host = await makeDockerHost();
    await host.provider.prepare(within(120_000));
    box = host.spec();
    canary = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)', `canary-${CANARY}`], { stdio: 'ignore' });
    await host.provider.ensureHome(box, within(20_000));
    loose = await engine.createContainer({
      Image: OWN_IMAGE,
      Entrypoint: ['sleep', 'infinity'],
      HostConfig: {
        CapAdd: LOOSE,
        SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined'],
        // As "systempaths=unconfined" of the engine's command line.
        MaskedPaths: [],
        ReadonlyPaths: [],
        PidMode: 'host',
        NetworkMode: 'none',
        AutoRemove: true,
        Init: true,
        Binds: ['/var/run/docker.sock:/var/run/docker.sock'],
      },
    });
    await Promise.all([host.provider.create(box, within(60_000)), loose.start()]);
  });
  afterAll(async () => {
    canary.kill();
    // It may not have begun.
    await loose.remove({ force: true }).catch(() => undefined);
    await host.remove();
  });

  const unlimited = () => ({ ...box, instanceName: loose.id });
  const status = async (ref: BoxSpec, script: string): Promise<number | null> =>
    (await inBox(ref, ['bash', '-c', script], 'root')).status;

  test.each(Object.entries(ATTEMPTS))('cannot %s', async (_what, script) => {
    expect(await status(unlimited(), script)).toBe(0);
    expect(await status(box, script)).not.toBe(0);
  });

  for (const [file, script] of Object.entries(KERNEL_FILES))
    test.skipIf(!existsSync(file))(`cannot use ${file}`, async () => {
      // /sys is mounted for reading even where no path is masked.
      if (!file.startsWith('/sys/')) expect(await status(unlimited(), script)).toBe(0);
      expect(await status(box, script)).not.toBe(0);
    });

  test.skipIf(process.arch !== 'x64')('may make no call that acts on the whole machine', async () => {
    const program = Object.entries(CALLS)
      .map(([name, number]) => `$! = 0; syscall(${number}, 0, 0, 0, 0, 0); print "${name} ", $! + 0, "\\n";`)
      .join(' ');
    const errnos = async (ref: BoxSpec) => (await inBox(ref, ['perl', '-e', program], 'root')).text.trim().split('\n');
    const names = Object.keys(CALLS);
    const open = await errnos(unlimited());
    expect(open.filter((line) => line.endsWith(` ${EPERM}`))).toEqual([]);
    expect(open).toHaveLength(names.length);
    expect(await errnos(box)).toEqual(names.map((name) => `${name} ${EPERM}`));
  });

  test('has eleven capabilities, by name, and the filter of system calls', async () => {
    const { text } = await inBox(
      box,
      ['sh', '-c', 'capsh --decode=$(sed -n "s/CapEff:\\t//p" /proc/self/status)'],
      'root',
    );
    const [, names = ''] = text.trim().split('=');
    expect(names.split(',').sort()).toEqual(
      [
        'audit_write',
        'chown',
        'dac_override',
        'fowner',
        'fsetid',
        'kill',
        'net_bind_service',
        'setfcap',
        'setgid',
        'setuid',
        'sys_chroot',
      ].map((name) => `cap_${name}`),
    );
    expect((await inBox(box, ['grep', '-h', 'Seccomp:', '/proc/self/status'], 'root')).text).toBe('Seccomp:\t2\n');
  });

  test('sees nothing of the host mounted but its home and what it may only read', async () => {
    const { Mounts } = await containerOf(box).inspect();
    const writable = Mounts.filter(({ RW }) => RW).map(({ Destination }) => Destination);
    expect(writable).toEqual(['/home/dev']);
    expect(Mounts.map(({ Source }) => Source).filter((source) => !source.startsWith(host.dataDir))).toEqual([]);
  });
});
