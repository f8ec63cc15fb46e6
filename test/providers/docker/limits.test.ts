// A fork bomb, a memory hog, a disk filler, a console flood: the limits hold, the neighbour and the host go on working.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BoxSpec } from '../../../src/providers/provider.ts';
import { BOX_PATHS } from '../../../src/providers/shared/box-system.ts';
import { containerOf, type DockerHost, inBox, makeDockerHost, within } from './docker-host.ts';
import { engineAnswers } from './image-box.ts';

const MIB = 1024 * 1024;
const PIDS = 256;

describe.skipIf(!(await engineAnswers()))(
  'a box that takes all it can (needs an engine and root)',
  { timeout: 90_000 },
  () => {
    let host: DockerHost;
    let hog: BoxSpec;
    let neighbour: BoxSpec;

    const running = async () => {
      const box = host.spec({ resources: { cpus: 1, memoryMiB: 256, homeGiB: 1, pids: PIDS } });
      await host.provider.ensureHome(box, within(20_000));
      await host.provider.reach(box, await host.provider.create(box, within(60_000)), within(30_000));
      return box;
    };
    const inHog = (script: string, user?: string) => inBox(hog, ['bash', '-c', script], user);
    /** The neighbour answers over SSH and writes to its home; the host writes to its disk and starts programs. */
    const othersWork = async () => {
      const view = await host.provider.inspect(neighbour, within(10_000));
      if (view === undefined) throw new Error('the neighbour is gone');
      await host.provider.reach(neighbour, view, within(20_000));
      expect((await inBox(neighbour, ['sh', '-c', 'echo works > ~/file && cat ~/file'])).text).toBe('works\n');
      await writeFile(join(host.dataDir, 'works'), 'x');
      expect((await host.provider.check(within(20_000))).ok).toBe(true);
    };

    beforeAll(async () => {
      host = await makeDockerHost();
      await host.provider.prepare(within(120_000));
      [hog, neighbour] = [await running(), await running()];
    });
    afterAll(() => host.remove());

    test('a fork bomb stays within its processes, and the box can be stopped and started', async () => {
      const exec = await containerOf(hog).exec({ Cmd: ['bash', '-c', 'b() { b | b & }; b; sleep 60'], User: 'dev' });
      await exec.start({ Detach: true });
      const processes = async () =>
        (await containerOf(hog).stats({ stream: false, 'one-shot': true })).pids_stats?.current;
      await expect.poll(processes, { timeout: 30_000 }).toBeGreaterThan(PIDS * 0.8);
      expect(await processes()).toBeLessThanOrEqual(PIDS);
      await othersWork();
      await host.provider.stop(hog, within(40_000));
      const view = await host.provider.start(hog, within(60_000));
      await host.provider.reach(hog, view, within(30_000));
    });

    test('a memory hog is ended, and its box goes on', async () => {
      const { status } = await inHog('head -c 1G /dev/zero | tail');
      expect(status).toBe(137);
      const memory = (await containerOf(hog).stats({ stream: false, 'one-shot': true })).memory_stats;
      expect(memory.max_usage ?? memory.usage).toBeLessThanOrEqual(256 * MIB);
      await othersWork();
      const view = await host.provider.inspect(hog, within(10_000));
      expect(view?.running).toBe(true);
    });

    test('a full home is full at its size, and keys can still be changed', async () => {
      const { status, text } = await inHog('fallocate -l 900M ~/a && cat /dev/zero > ~/b');
      expect(status).not.toBe(0);
      expect(text).toContain('No space left on device');
      const { homeUsedBytes } = await host.provider.measure(hog, within(10_000));
      expect(homeUsedBytes).toBeGreaterThan(900 * MIB);
      expect(homeUsedBytes).toBeLessThanOrEqual(1024 * MIB);
      await othersWork();
      await host.provider.configure({ ...hog, authorizedKeys: ['ssh-ed25519 AAAA new'] }, within(10_000));
      expect((await inHog(`cat ${BOX_PATHS.authorizedKeys.path}`)).text).toBe('ssh-ed25519 AAAA new\n');
      await inHog('rm ~/a ~/b');
    });

    test('what is written outside the home is measured, where the engine takes no limit', async () => {
      await inHog('head -c 64M /dev/zero > /var/tmp/fill', 'root');
      const { rootUsedBytes } = await host.provider.measure(hog, within(20_000));
      const { findings } = await host.provider.check(within(20_000));
      const limited = findings.some(({ what }) => what.endsWith('is limited by the engine'));
      if (limited) expect(rootUsedBytes).toBeUndefined();
      else expect(rootUsedBytes).toBeGreaterThan(60 * MIB);
    });

    test('a flooded console leaves nothing behind and keeps the engine from nothing', async () => {
      const flood = inHog('yes | head -c 256M > /proc/1/fd/1', 'root');
      await othersWork();
      expect((await flood).status).toBe(0);
      expect((await containerOf(hog).inspect()).LogPath).toBe('');
    });
  },
);
