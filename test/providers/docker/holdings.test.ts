// What an installation has on a real engine is found and taken away whole, and nothing of its neighbours.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { v7 as uuidv7 } from 'uuid';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createDockerHoldings } from '../../../src/providers/docker/holdings.ts';
import { ensureFile } from '../../../src/providers/docker/home-file.ts';
import { homeName } from '../../../src/providers/docker/homes.ts';
import { trialHome } from '../../../src/providers/docker/trials.ts';
import type { Holding } from '../../../src/providers/holdings.ts';
import type { BoxRef } from '../../../src/providers/provider.ts';
import { engine, homeFiles, makeDockerHost, within } from './docker-host.ts';
import { engineAnswers } from './image-box.ts';

describe.skipIf(!(await engineAnswers()))('holdings (needs an engine and root)', { timeout: 60_000 }, () => {
  test('homes can stay, whole and unmounted, while all the rest goes; a neighbour in the same folder keeps everything', async () => {
    const host = await makeDockerHost();
    onTestFinished(host.remove);
    const [box, neighbour] = [host.spec(), host.spec({ installId: host.alsoInstall() })];
    for (const one of [box, neighbour]) {
      await host.provider.ensureHome(one, within(20_000));
      await host.provider.create(one, within(20_000));
    }
    await writeFile(join(host.dataDir, 'homes', homeName(box), 'home', 'kept'), 'by us');
    // The network's name alone does not make it ours.
    const stranger = await engine.createNetwork({
      Name: 'sb-stranger',
      Labels: { 'shellbox.install': host.installId },
    });
    onTestFinished(() => stranger.remove());
    const of = (installId: string) =>
      createDockerHoldings({ dockerHost: undefined, installId, dataDir: host.dataDir, isolation: true });
    const ours = of(host.installId);
    // As when a program is killed in the middle of one.
    const trial = trialHome(join(host.dataDir, 'homes'));
    await ensureFile(trial, 1, within(20_000).signal);
    const snapshotId = uuidv7();
    for (const one of [box, neighbour]) await host.provider.snapshotHome(one, snapshotId, within(20_000));
    // As when a program is killed while it takes one.
    const half = join(host.dataDir, 'homes', 'snapshots', `${snapshotName(box, uuidv7())}.new`);
    await writeFile(half, '');
    expect(sorted(await ours.list(within(10_000)))).toContain(`snapshot ${basename(half)}`);
    await host.provider.protect(within(10_000));
    const before = await of(neighbour.installId).list(within(10_000));
    expect(sorted(before)).toEqual(everythingOf(neighbour, snapshotId));
    expect(sorted(await ours.list(within(10_000)))).toEqual(everythingOf(box, snapshotId));
    await writeFile(half, '');

    await ours.remove({ keepHomes: true }, within(30_000));
    expect(await ours.list(within(10_000))).toEqual([
      { kind: 'home', name: homeName(box) },
      { kind: 'snapshot', name: snapshotName(box, snapshotId) },
    ]);
    expect(await homeFiles(host.dataDir)).toEqual(
      [
        `${homeName(box)}.img`,
        homeName(neighbour),
        `${homeName(neighbour)}.files`,
        `${homeName(neighbour)}.img`,
        'snapshots',
      ].sort(),
    );
    expect(await readFile('/proc/mounts', 'utf8')).not.toContain(homeName(box));
    const image = join(host.dataDir, 'homes', `${homeName(box)}.img`);
    const { stdout } = await promisify(execFile)('debugfs', ['-R', 'cat /home/kept', image]);
    expect(stdout).toBe('by us');

    await ours.remove({ keepHomes: false }, within(30_000));
    expect(await ours.list(within(10_000))).toEqual([]);
    await ours.remove({ keepHomes: false }, within(30_000));
    expect(await of(neighbour.installId).list(within(10_000))).toEqual(before);
    expect((await engine.getContainer(neighbour.instanceName).inspect()).State.Running).toBe(true);
  });
});

const sorted = (holdings: readonly Holding[]): string[] => holdings.map(({ kind, name }) => `${kind} ${name}`).sort();

const snapshotName = (box: BoxRef, snapshotId: string): string => `sb-${box.installId}-${snapshotId}-${box.boxId}.img`;

function everythingOf(box: BoxRef, snapshotId: string): string[] {
  const chains = ['iptables', 'ip6tables'].flatMap((program) =>
    ['FWD', 'IN'].map((chain) => `rules ${program} SHELLBOX-${box.installId}-${chain}`),
  );
  return [
    `box ${box.instanceName}`,
    `home ${homeName(box)}`,
    `snapshot ${snapshotName(box, snapshotId)}`,
    `network shellbox-${box.installId}`,
    ...chains,
  ].sort();
}
