// Homes as files of limited size: what survives, what is mended, what is left behind.
import { spawn } from 'node:child_process';
import { access, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { homeFile, isMounted } from '../../../src/providers/docker/home-file.ts';
import { homeName, homesDir } from '../../../src/providers/docker/homes.ts';
import { runOnHost } from '../../../src/providers/docker/host-command.ts';
import type { BoxSpec } from '../../../src/providers/provider.ts';
import { containerOf, type DockerHost, homeFiles, inBox, makeDockerHost, within } from './docker-host.ts';
import { engineAnswers } from './image-box.ts';

describe.skipIf(!(await engineAnswers()))(
  'a home of limited size (needs an engine and root)',
  { timeout: 60_000 },
  () => {
    let host: DockerHost;

    beforeAll(async () => {
      host = await makeDockerHost();
      await host.provider.prepare(within(120_000));
    });
    afterAll(() => host.remove());

    const fileOf = (box: BoxSpec) => homeFile(homesDir(host.dataDir), homeName(box));
    const onHost = (file: string, ...argv: string[]) => runOnHost({ file, argv, signal: within(20_000).signal });
    const loops = async () => {
      const names = (await readdir('/sys/block')).filter((name) => name.startsWith('loop'));
      const files = await Promise.all(
        names.map((name) => readFile(`/sys/block/${name}/loop/backing_file`, 'utf8').catch(() => '')),
      );
      return files.filter((file) => file.includes(host.dataDir));
    };
    const running = async (overrides: Partial<BoxSpec> = {}) => {
      const box = host.spec(overrides);
      await host.provider.ensureHome(box, within(10_000));
      await host.provider.reach(box, await host.provider.create(box, within(60_000)), within(30_000));
      return box;
    };
    const removed = async (box: BoxSpec) => {
      await host.provider.destroy(box, within(30_000));
      await host.provider.destroyHome(box, within(30_000));
      expect((await homeFiles(host.dataDir)).filter((name) => name.startsWith(homeName(box)))).toEqual([]);
    };

    test('costs next to nothing until something is in it', async () => {
      const box = host.spec({ resources: { cpus: 1, memoryMiB: 256, homeGiB: 100, pids: 64 } });
      await host.provider.ensureHome(box, within(10_000));
      const { size, blocks } = await stat(fileOf(box).image);
      expect(size).toBe(100 * 1024 ** 3);
      expect(blocks * 512).toBeLessThan(64 * 1024 ** 2);
      await removed(box);
    });

    test('belongs to dev, has no lost+found and nothing of it is open to other accounts of the host', async () => {
      const box = await running();
      const { text } = await inBox(box, ['sh', '-c', 'stat -c "%U %a" ~; ls -A ~']);
      expect(text).toMatch(/^dev 755\n/);
      expect(text).not.toContain('lost+found');
      expect((await stat(homesDir(host.dataDir))).mode & 0o777).toBe(0o700);
      await removed(box);
    });

    test('is mounted again by start after the host lost the mount, with the rights the person gave it', async () => {
      const box = await running();
      await inBox(box, ['sh', '-c', 'echo kept > ~/file; chmod 700 ~']);
      await host.provider.stop(box, within(30_000));
      await onHost('umount', fileOf(box).mountPoint);
      expect(await loops()).toEqual([]);

      await expect(containerOf(box).start()).rejects.toThrow();
      const view = await host.provider.start(box, within(60_000));
      await host.provider.reach(box, view, within(30_000));
      expect((await inBox(box, ['sh', '-c', 'cat ~/file; stat -c %a ~'])).text).toBe('kept\n700\n');
      await removed(box);
    });

    test('survives its container, removed behind our back', async () => {
      const box = await running();
      await inBox(box, ['sh', '-c', 'head -c 300000 /dev/urandom > ~/data']);
      const { text: before } = await inBox(box, ['sh', '-c', 'sha256sum ~/data']);
      await containerOf(box).remove({ force: true });
      await host.provider.reach(box, await host.provider.create(box, within(60_000)), within(30_000));
      expect((await inBox(box, ['sh', '-c', 'sha256sum ~/data'])).text).toBe(before);
      await removed(box);
    });

    test('is made anew after a try that ended half way', async () => {
      const box = host.spec();
      await mkdir(fileOf(box).mountPoint, { recursive: true });
      await writeFile(`${fileOf(box).image}.new`, 'not a file system');
      await host.provider.ensureHome(box, within(10_000));
      expect(await isMounted(fileOf(box))).toBe(true);
      await removed(box);
    });

    test('is mended when the host crashed while it was written', async () => {
      const box = await running();
      await inBox(box, ['sh', '-c', 'echo kept > ~/file; sync']);
      await host.provider.destroy(box, within(30_000));
      await onHost('umount', fileOf(box).mountPoint);
      // The flag for errors, as the kernel leaves it behind, and a wrong count of free blocks.
      await onHost('debugfs', '-w', '-R', 'set_super_value state 2', fileOf(box).image);
      await onHost('debugfs', '-w', '-R', 'set_super_value free_blocks_count 5', fileOf(box).image);
      await host.provider.reach(box, await host.provider.create(box, within(60_000)), within(30_000));
      expect((await inBox(box, ['cat', '/home/dev/file'])).text).toBe('kept\n');
      await removed(box);
    });

    test('leaves no loop device, mount or file, also while a program of the host stands in it', async () => {
      const box = await running();
      expect(await loops()).toHaveLength(1);
      const inside = spawn('sleep', ['60'], { cwd: fileOf(box).source });
      await new Promise((resolve) => inside.once('spawn', resolve));
      await host.provider.destroy(box, within(30_000));
      const going = host.provider.destroyHome(box, within(30_000));
      // The kernel keeps the device for as long as somebody stands in it.
      await expect.poll(() => access(fileOf(box).image).catch(() => 'gone')).toBe('gone');
      inside.kill();
      await going;
      await removed(box);
      expect(await loops()).toEqual([]);
      expect(await readFile('/proc/self/mounts', 'utf8')).not.toContain(homeName(box));
    });

    test('gives the space of deleted files back to the host', async () => {
      const box = await running();
      const usedMiB = async () => Math.round(((await stat(fileOf(box).image)).blocks * 512) / 1024 ** 2);
      await inBox(box, ['sh', '-c', 'head -c 100M /dev/zero > ~/big; sync']);
      await onHost('sync', '--file-system', fileOf(box).mountPoint);
      expect(await usedMiB()).toBeGreaterThan(90);
      expect((await host.provider.measure(box, within(5_000))).homeUsedBytes).toBeGreaterThan(100 * 1024 ** 2);
      await inBox(box, ['sh', '-c', 'rm ~/big; sync']);
      await expect
        .poll(
          async () => {
            await onHost('sync', '--file-system', fileOf(box).mountPoint);
            return usedMiB();
          },
          { timeout: 20_000 },
        )
        .toBeLessThan(40);
      await removed(box);
    });

    test('falls back to a plain volume where file systems cannot be mounted, and says so', async () => {
      const dataDir = join(host.dataDir, 'a-file');
      await writeFile(dataDir, '');
      const elsewhere = host.another({ dataDir });
      const box = host.spec();
      const { note } = await elsewhere.ensureHome(box, within(20_000));
      expect(note).toContain('not enforced');
      const finding = (await elsewhere.check(within(20_000))).findings.find(({ what }) => what.startsWith('homes are'));
      expect(finding).toMatchObject({ ok: false, remedy: expect.any(String) });
      const view = await elsewhere.create(box, within(60_000));
      await elsewhere.reach(box, view, within(30_000));
      await inBox(box, ['sh', '-c', 'echo kept > ~/file']);
      await elsewhere.configure({ ...box, authorizedKeys: ['ssh-ed25519 AAAA later'] }, within(20_000));
      expect((await inBox(box, ['cat', '/etc/shellbox/authorized_keys'])).text).toBe('ssh-ed25519 AAAA later\n');
      expect((await elsewhere.measure(box, within(20_000))).homeUsedBytes).toBeGreaterThan(0);
      await elsewhere.destroy(box, within(30_000));
      await elsewhere.create(box, within(60_000));
      expect((await inBox(box, ['cat', '/home/dev/file'])).text).toBe('kept\n');
      await elsewhere.destroy(box, within(30_000));
      await elsewhere.destroyHome(box, within(30_000));
      await expect(elsewhere.create(box, within(20_000))).rejects.toMatchObject({ code: 'invalid' });
    });
  },
);
