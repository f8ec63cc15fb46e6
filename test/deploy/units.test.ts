// The systemd units: systemd takes them, they give away what their role can do without, and the worker's mounts reach the engine.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { DEPLOY, ROOT, run } from './folder.ts';

const FOLDER = join(DEPLOY, 'systemd');
/** What makes a mount namespace in which mounts do not reach the host; systemd.exec(5), PrivateMounts= and MountFlags=. */
const HIDES_MOUNTS =
  /^(DynamicUser|InaccessiblePaths|MountFlags|Private(Devices|Mounts|Tmp)|ProtectClock|Protect(ControlGroups|Home|Kernel\w+|Proc|System)|ProcSubset|Read(Only|Write)Paths|RootDirectory|TemporaryFileSystem|Bind(ReadOnly)?Paths)=(?!no|false)/m;
/** Tenths; what `systemd-analyze security` says now, so that nothing is taken away unseen. */
const EXPOSURE = { 'shellbox.service': 61, 'shellbox-bots.service': 14, 'shellbox-worker.service': 60 };

let folder: string;
const textOf = (unit: string) => readFile(join(FOLDER, unit), 'utf8');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shellbox-units-'));
  // systemd looks whether the program is there.
  for (const unit of Object.keys(EXPOSURE))
    await writeFile(join(folder, unit), (await textOf(unit)).replaceAll('/opt/shellbox/', ROOT));
  return () => rm(folder, { recursive: true, force: true });
});

describe('the units', () => {
  test('are these', async () => {
    expect((await readdir(FOLDER)).sort()).toEqual(Object.keys(EXPOSURE).sort());
  });

  test('are understood by systemd, every line', async () => {
    const units = Object.keys(EXPOSURE).map((unit) => join(folder, unit));
    const { status, err } = await run('systemd-analyze', ['verify', ...units]);
    const ours = err.split('\n').filter((line) => line.includes(folder));
    expect({ status, ours }).toEqual({ status: 0, ours: [] });
  });

  test.each(['shellbox.service', 'shellbox-worker.service'])(
    '%s comes up after Docker, and where there is none',
    async (unit) => {
      expect(await textOf(unit)).toMatch(/^After=.*\bdocker\.service/m);
      expect(await textOf(unit)).not.toMatch(/^(?:Requires|Requisite|BindsTo)=.*docker/m);
    },
  );

  test.each(Object.entries(EXPOSURE))('%s is exposed no more than %i tenths', async (unit, tenths) => {
    const args = ['security', '--offline=yes', `--threshold=${tenths}`, '--no-pager', join(folder, unit)];
    const { status, out } = await run('systemd-analyze', args);
    expect({ status, said: out.trim().split('\n').at(-1) }).toMatchObject({ status: 0 });
  });

  test.each(['shellbox.service', 'shellbox-worker.service'])(
    '%s mounts homes where the engine sees them',
    async (unit) => {
      expect((await textOf(unit)).match(HIDES_MOUNTS)?.[0]).toBe(undefined);
      expect(await textOf(unit)).toMatch(/^CapabilityBoundingSet=.*CAP_SYS_ADMIN/m);
    },
  );

  test.each(['shellbox.service', 'shellbox-worker.service'])(
    '%s leaves the owners in its data directory alone',
    async (unit) => {
      // systemd gives a state directory to the unit's user, whole, whenever its top is not that user's.
      expect(await textOf(unit)).not.toMatch(/^(StateDirectory|User|DynamicUser)=/m);
    },
  );

  test.each(Object.keys(EXPOSURE))('%s lets a drain end, and reads its secrets from a file', async (unit) => {
    const text = await textOf(unit);
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(text)?.[1])).toBeGreaterThan(30);
    expect(text).toMatch(/^EnvironmentFile=\/etc\/shellbox\/\.env$/m);
    expect(text).toMatch(/^NoNewPrivileges=yes$/m);
    expect(text).not.toMatch(/WatchdogSec|MemoryDenyWriteExecute=yes/);
  });
});
