// A box on the real engine: what is made, what is adopted, what is repaired.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { networkName } from '../../../src/providers/docker/network.ts';
import { LABELS, labelsOf } from '../../../src/providers/docker/payload.ts';
import { instanceName } from '../../../src/providers/names.ts';
import type { BoxSpec } from '../../../src/providers/provider.ts';
import { BOX_PATHS } from '../../../src/providers/shared/box-system.ts';
import { failure, failureCode } from '../../contracts/provider-subject.ts';
import { containerOf, type DockerHost, engine, inBox, makeDockerHost, within } from './docker-host.ts';
import { engineAnswers } from './image-box.ts';

describe.skipIf(!(await engineAnswers()))('a Docker box (needs an engine and root)', { timeout: 60_000 }, () => {
  let host: DockerHost;
  const undo: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    host = await makeDockerHost();
    await host.provider.prepare(within(120_000));
  });
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });
  afterAll(() => host.remove());

  const home = async (overrides: Partial<BoxSpec> = {}) => {
    const box = host.spec(overrides);
    undo.push(() => host.provider.destroyHome(box, within(60_000)));
    undo.push(() =>
      containerOf(box)
        .remove({ force: true })
        .catch(() => undefined),
    );
    await host.provider.ensureHome(box, within(10_000));
    return box;
  };
  const running = async (overrides: Partial<BoxSpec> = {}) => {
    const box = await home(overrides);
    const view = await host.provider.create(box, within(60_000));
    await host.provider.reach(box, view, within(30_000));
    return { box, view };
  };

  test('has the limits of its size, as the kernel sees them', async () => {
    const { box } = await running({ resources: { cpus: 64, memoryMiB: 300, homeGiB: 1, pids: 123 } });
    const { HostConfig } = await containerOf(box).inspect();
    expect(HostConfig).toMatchObject({ Memory: 300 * 1024 * 1024, PidsLimit: 123, Privileged: false });
    expect(HostConfig.NanoCpus).toBe((host.provider.maximumCpus ?? 0) * 1e9);
    const { text } = await inBox(box, [
      'sh',
      '-c',
      'df -BM --output=size ~ | tail -1; grep CapBnd /proc/1/status; grep Seccomp: /proc/1/status',
    ]);
    const [size, capabilities, seccomp] = text.split('\n');
    expect(Number.parseInt(size ?? '', 10)).toBeLessThanOrEqual(1024);
    expect(capabilities).toBe('CapBnd:\t00000000a00404fb');
    expect(seccomp).toBe('Seccomp:\t2');
  });

  test('gives sudo, and no sudo where that is off', async () => {
    const { box } = await running();
    expect(await inBox(box, ['sudo', '-n', 'id', '-u'])).toEqual({ status: 0, text: '0\n' });
    const strict = host.another({ sudo: false });
    const plain = await home();
    await strict.create(plain, within(60_000));
    expect((await inBox(plain, ['sudo', '-n', 'id', '-u'])).status).not.toBe(0);
    expect((await inBox(plain, ['grep', 'NoNewPrivs', '/proc/self/status'])).text).toBe('NoNewPrivs:\t1\n');
  });

  test('a container that was made but never filled nor started is finished', async () => {
    const box = await home();
    const { Id } = await running().then(async ({ box: model }) => {
      const { Config, HostConfig } = await containerOf(model).inspect();
      await containerOf(model).remove({ force: true });
      const ssh = { '22/tcp': [{ HostIp: '127.0.0.1', HostPort: String(box.sshPort) }] };
      const bare = {
        Image: Config.Image,
        Labels: labelsOf(box),
        name: box.instanceName,
        ExposedPorts: { '22/tcp': {} },
      };
      const { NetworkMode = '' } = HostConfig;
      const made = await engine.createContainer({ ...bare, HostConfig: { NetworkMode, PortBindings: ssh } });
      return made.inspect();
    });
    const view = await host.provider.create(box, within(60_000));
    expect(view.ref).toBe(Id);
    await host.provider.reach(box, view, within(30_000));
  });

  test('somebody else’s container of that name is neither adopted, started, stopped nor removed', async () => {
    const box = await home();
    const labels = { ...labelsOf(box), [LABELS.install]: 'tforeign' };
    const stranger = await engine.createContainer({
      Image: 'shellbox-box:latest',
      name: box.instanceName,
      Labels: labels,
    });
    const error = await failure(host.provider.create(box, within(20_000)), box);
    expect(error.code).toBe('invalid');
    expect(error.remedy).toContain(`docker rm ${box.instanceName}`);
    expect(await failureCode(host.provider.start(box, within(20_000)), box)).toBe('vanished');
    await host.provider.stop(box, within(20_000));
    await host.provider.destroy(box, within(20_000));
    expect(await host.provider.inspect(box, within(5_000))).toBeUndefined();
    expect((await stranger.inspect()).State.Status).toBe('created');
  });

  test('a port of another program is named, and the box starts once that is gone', async () => {
    const box = await home();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(box.sshPort, '127.0.0.1', resolve));
    const error = await failure(host.provider.create(box, within(30_000)), box);
    await new Promise((resolve) => server.close(resolve));
    expect(error).toMatchObject({ code: 'port_taken', remedy: expect.stringContaining('BOX_PORTS') });
    const view = await host.provider.create(box, within(60_000));
    await host.provider.reach(box, view, within(30_000));
  });

  test('an image that is not there is named with what to do', async () => {
    const other = host.another({ image: 'shellbox-nothing:none' });
    expect(await failureCode(other.prepare(within(20_000)))).toBe('image_missing');
    const health = await other.check(within(20_000));
    expect(health.ok).toBe(false);
    expect(health.findings[0]?.remedy).toContain('BOX_IMAGE');
  });

  test('a box without a home is not made', async () => {
    const box = host.spec();
    expect(await failureCode(host.provider.create(box, within(20_000)), box)).toBe('invalid');
    expect(await host.provider.inspect(box, within(5_000))).toBeUndefined();
  });

  test('keys of a running box are replaced at once, and its root cannot change them', async () => {
    const { box } = await running();
    const keys = BOX_PATHS.authorizedKeys.path;
    await host.provider.configure({ ...box, authorizedKeys: ['ssh-ed25519 AAAA other'] }, within(10_000));
    expect((await inBox(box, ['cat', keys])).text).toBe('ssh-ed25519 AAAA other\n');
    expect((await inBox(box, ['sudo', 'rm', '-f', keys])).status).not.toBe(0);
    expect((await inBox(box, ['cat', BOX_PATHS.hostKey.path])).status).not.toBe(0);
  });

  test('starts although its network was removed while it was stopped', async () => {
    const { box } = await running();
    await host.provider.stop(box, within(30_000));
    await engine.getNetwork(networkName(host.installId)).remove();
    const view = await host.provider.start(box, within(60_000));
    await host.provider.reach(box, view, within(30_000));
  });

  test('goes on where somebody paused it', async () => {
    const { box } = await running();
    await containerOf(box).pause();
    expect(await host.provider.inspect(box, within(5_000))).toMatchObject({ running: false });
    const view = await host.provider.start(box, within(30_000));
    await host.provider.reach(box, view, within(30_000));
  });

  test('one that ends right after its start is noticed long before SSH could answer', async () => {
    const { box, view } = await running();
    await inBox(box, ['sudo', 'sh', '-c', 'kill 1']);
    const startedMs = performance.now();
    expect((await failure(host.provider.reach(box, view, within(30_000)), box)).code).toBe('unavailable');
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  });

  test('a stop ends gracefully at once, and kills after ten seconds what does not listen', async () => {
    const { box } = await running();
    const stopMs = async () => {
      const startedMs = performance.now();
      await host.provider.stop(box, within(30_000));
      expect((await containerOf(box).inspect()).State.Running).toBe(false);
      return performance.now() - startedMs;
    };
    expect(await stopMs()).toBeLessThan(8_000);
    await host.provider.start(box, within(30_000));
    await inBox(box, ['sudo', 'pkill', '-STOP', '--oldest', 'sshd']);
    expect(await stopMs()).toBeGreaterThan(9_000);
  });

  test('the next incarnation has a name of its own and the same port and key', async () => {
    const { box } = await running();
    await host.provider.destroy(box, within(30_000));
    const next = { ...box, incarnation: 2, instanceName: instanceName(box.installId, box.boxId, 2) };
    undo.push(() => containerOf(next).remove({ force: true }));
    const view = await host.provider.create(next, within(60_000));
    expect(view.endpoint).toEqual({ host: '127.0.0.1', port: box.sshPort });
    await host.provider.reach(next, view, within(30_000));
  });

  test('nothing is admitted where the disk is nearly full', async () => {
    const strict = host.another({ leastFree: 0.999 });
    const error = await failure(strict.admit(within(20_000)));
    expect(error.code).toBe('no_space');
    expect(error.message).toMatch(/[\d.]+ GiB \(\d+ %\) free in /);
    expect((await strict.check(within(20_000))).ok).toBe(false);
  });

  test('a person’s own ssh finds the pinned key and dev', async () => {
    const { box } = await running();
    // No key of the test is in the box: the refusal itself proves the way there.
    const child = spawn('ssh-keyscan', ['-t', 'ed25519', '-p', String(box.sshPort), '127.0.0.1'], { timeout: 10_000 });
    let text = '';
    for await (const chunk of child.stdout) text += chunk.toString();
    expect(text).toContain(box.hostKey.publicKey.split(' ')[1]);
  });
});
