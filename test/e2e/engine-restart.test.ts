// A Docker engine of our own is killed and restarted under its boxes: they stop, start again, and keep their homes.
import { type ChildProcess, spawn } from 'node:child_process';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDockerProvider } from '../../src/providers/docker/docker.ts';
import { homeFile, isMounted } from '../../src/providers/docker/home-file.ts';
import { homeName, homesDir } from '../../src/providers/docker/homes.ts';
import { runOnHost } from '../../src/providers/docker/host-command.ts';
import { ensureBoxImage } from '../../src/providers/docker/image.ts';
import { removeDockerInstallation } from '../../src/providers/docker/installation.ts';
import { OWN_IMAGE } from '../../src/providers/docker/options.ts';
import type { BoxSpec, Provider } from '../../src/providers/provider.ts';
import { makeBoxSpec, testInstallId } from '../contracts/provider-spec.ts';
import { failureCode } from '../contracts/provider-subject.ts';
import { engine, nextPort, OPTIONS_FOR_TESTS, within } from '../providers/docker/docker-host.ts';
import { engineAnswers } from '../providers/docker/image-box.ts';

const UP_TIMEOUT_MS = 60_000;
const POLL_MS = 100;
/** Without a bridge (`none`), and at a restart with `--default-address-pool`, an engine removes the machine's docker0. */
const BRIDGE = 'sbr-engine';
const BRIDGE_ADDRESS = '10.214.0.1/24';

async function canRunDockerd(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  return runOnHost({ file: 'dockerd', argv: ['--version'], signal: within(10_000).signal }).then(
    () => true,
    () => false,
  );
}

/** Beside the machine's engine: its own folders, sockets and address range, a bridge of its own, no packet rules. */
function secondEngine(dir: string) {
  const socket = join(dir, 'docker.sock');
  const docker = new Docker({ socketPath: socket });
  const argv = [
    ...['--data-root', join(dir, 'data'), '--exec-root', join(dir, 'exec'), '--pidfile', join(dir, 'docker.pid')],
    ...['--host', `unix://${socket}`, '--bridge', BRIDGE, '--iptables=false', '--ip-masq=false'],
    ...['--log-level', 'error'],
  ];
  let child: ChildProcess | undefined;
  const containerdPid = async () =>
    Number(await readFile(join(dir, 'exec', 'containerd', 'containerd.pid'), 'utf8').catch(() => ''));
  /** Waits for the engine's end and for that of its containerd, which the kernel ends with it: a new one would wait for the dying one. */
  const ended = async (pid: number) => {
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      await new Promise((resolve) => child?.once('exit', resolve));
    }
    const deadlineMs = performance.now() + UP_TIMEOUT_MS;
    while (
      pid > 1 &&
      performance.now() < deadlineMs &&
      (await access(`/proc/${pid}`).then(
        () => true,
        () => false,
      ))
    ) {
      await delay(POLL_MS);
    }
  };
  return {
    docker,
    dockerHost: `unix://${socket}`,
    async layBridge() {
      const ip = (...argv: string[]) => runOnHost({ file: 'ip', argv, signal: within(10_000).signal });
      await ip('link', 'add', BRIDGE, 'type', 'bridge');
      await ip('address', 'add', BRIDGE_ADDRESS, 'dev', BRIDGE);
      await ip('link', 'set', BRIDGE, 'up');
    },
    async up() {
      child = spawn('dockerd', argv, { stdio: 'ignore' });
      const deadlineMs = performance.now() + UP_TIMEOUT_MS;
      while (
        !(await docker.ping().then(
          () => true,
          () => false,
        ))
      ) {
        if (performance.now() > deadlineMs || child.exitCode !== null)
          throw new Error('the second engine did not start');
        await delay(POLL_MS);
      }
    },
    async end(signal: 'SIGTERM' | 'SIGKILL') {
      const pid = await containerdPid();
      child?.kill(signal);
      await ended(pid);
    },
    async remove() {
      const pid = await containerdPid();
      child?.kill('SIGTERM');
      await ended(pid);
      await runOnHost({ file: 'ip', argv: ['link', 'delete', BRIDGE], signal: within(10_000).signal }).catch(() => '');
      await runOnHost({
        file: 'umount',
        argv: ['--recursive', '--lazy', join(dir, 'data')],
        signal: within(10_000).signal,
      }).catch(() => '');
      await rm(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: POLL_MS });
    },
  };
}

const possible = (await engineAnswers()) && (await canRunDockerd());

describe.skipIf(!possible)('after its engine was restarted (needs dockerd and root)', { timeout: 120_000 }, () => {
  const installId = testInstallId();
  let dir: string;
  let second: ReturnType<typeof secondEngine>;
  let provider: Provider;
  let box: BoxSpec;

  beforeAll(async () => {
    // Not under /tmp: an overlay needs a disk, and /tmp may be memory.
    dir = await mkdtemp('/var/tmp/shellbox-engine-');
    second = secondEngine(dir);
    await second.layBridge();
    await second.up();
    await ensureBoxImage({
      docker: engine,
      tag: OWN_IMAGE,
      onProgress: () => undefined,
      signal: within(600_000).signal,
    });
    const loading = await second.docker.loadImage(await engine.getImage(OWN_IMAGE).get());
    for await (const _ of loading);
    const dataDir = join(dir, 'shellbox');
    provider = createDockerProvider({ ...OPTIONS_FOR_TESTS, installId, dataDir, dockerHost: second.dockerHost });
    box = makeBoxSpec({ installId, sshPort: nextPort() });
    await provider.prepare(within(60_000));
    await provider.ensureHome(box, within(10_000));
    await provider.reach(box, await provider.create(box, within(60_000)), within(30_000));
  }, 900_000);

  afterAll(async () => {
    try {
      await provider.destroy(box, within(60_000));
      await provider.destroyHome(box, within(30_000));
      await removeDockerInstallation({ dockerHost: second.dockerHost, installId }, within(30_000).signal);
    } finally {
      await second.remove();
    }
  });

  const inBox = async (...command: string[]): Promise<string> => {
    const container = second.docker.getContainer(box.instanceName);
    const exec = await container.exec({ Cmd: command, User: 'dev', AttachStdout: true, AttachStderr: true, Tty: true });
    let text = '';
    for await (const chunk of await exec.start({ Tty: true })) text += chunk.toString();
    return text;
  };

  test.each(['SIGTERM', 'SIGKILL'] as const)(
    'by %s, the box is stopped, starts, and its home is as it was',
    async (signal) => {
      await inBox('sh', '-c', `head -c 200000 /dev/urandom > ~/${signal}; sync`);
      const before = await inBox('sha256sum', `/home/dev/${signal}`);
      expect(before).toMatch(/^[0-9a-f]{64} /);

      await second.end(signal);
      expect(await failureCode(provider.list(installId, within(5_000)))).toBe('unavailable');
      expect(await failureCode(provider.inspect(box, within(5_000)))).toBe('unavailable');
      expect((await provider.check(within(5_000))).ok).toBe(false);

      await second.up();
      expect(await provider.list(installId, within(20_000))).toMatchObject([{ boxId: box.boxId, running: false }]);
      const view = await provider.start(box, within(60_000));
      await provider.reach(box, view, within(30_000));
      expect(await inBox('sha256sum', `/home/dev/${signal}`)).toBe(before);
      expect(await isMounted(homeFile(homesDir(join(dir, 'shellbox')), homeName(box)))).toBe(true);
    },
  );
});
