// What snapshots and homes made of them take of the host, what they bring back, and where there are none.
import { readdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { homeFile } from '../../../src/providers/docker/home-file.ts';
import { homeName, homesDir } from '../../../src/providers/docker/homes.ts';
import type { BoxRef } from '../../../src/providers/provider.ts';
import { failure, failureCode } from '../../contracts/provider-subject.ts';
import { type DockerHost, inBox, makeDockerHost, within } from './docker-host.ts';
import { engineAnswers } from './image-box.ts';
import { onHost } from './outside.ts';

describe.skipIf(!(await engineAnswers()))('homes of snapshots (need an engine and root)', { timeout: 90_000 }, () => {
  let host: DockerHost;

  beforeAll(async () => {
    host = await makeDockerHost();
    await host.provider.prepare(within(120_000));
  });
  afterAll(() => host.remove());

  const fileOf = (box: Pick<BoxRef, 'installId' | 'boxId'>) => homeFile(homesDir(host.dataDir), homeName(box));
  const running = async () => {
    const box = host.spec();
    await host.provider.ensureHome(box, within(20_000));
    await host.provider.create(box, within(60_000));
    return box;
  };
  const folder = () => readdir(join(homesDir(host.dataDir), 'snapshots'));

  test('take no space that boxes need, neither for a snapshot nor for a home made of one', async () => {
    const box = await running();
    await inBox(box, ['sh', '-c', 'head -c 20M /dev/urandom > ~/data; sync']);
    const snapshotId = uuidv7();
    const full = host.another({ leastFree: 0.9999 });
    expect(await failureCode(full.snapshotHome(box, snapshotId, within(20_000)))).toBe('no_space');
    expect(await folder()).toEqual([]);
    onTestFinished(() => host.provider.destroySnapshot({ installId: host.installId, snapshotId }, within(20_000)));
    const { bytes } = await host.provider.snapshotHome(box, snapshotId, within(20_000));
    const image = await stat(fileOf(box).image);
    expect(bytes).toBeGreaterThan(20 * 1024 ** 2);
    expect(bytes).toBeLessThanOrEqual(image.blocks * 512);
    const other = host.spec({ from: snapshotId });
    expect(await failureCode(full.ensureHome(other, within(20_000)))).toBe('no_space');
  });

  test('have the journal of a crash replayed, and their own size', async () => {
    const box = await running();
    await inBox(box, ['sh', '-c', 'for i in 1 2 3; do echo $i > ~/file-$i; sync; done']);
    await host.provider.stop(box, within(30_000));
    // As after a crash of the host: the journal is full, and the file system is not mounted.
    const crashed = join(host.dataDir, 'crashed');
    await onHost('cp', '--sparse=always', fileOf(box).image, crashed);
    expect(await onHost('dumpe2fs', '-h', crashed)).toContain('needs_recovery');
    await host.provider.destroy(box, within(30_000));
    await host.provider.destroyHome(box, within(30_000));
    await rename(crashed, fileOf(box).image);
    const snapshotId = uuidv7();
    onTestFinished(() => host.provider.destroySnapshot({ installId: host.installId, snapshotId }, within(20_000)));
    await host.provider.snapshotHome(box, snapshotId, within(30_000));
    const other = host.spec({ from: snapshotId, resources: { ...box.resources, homeGiB: 5 } });
    await host.provider.ensureHome(other, within(30_000));
    await host.provider.create(other, within(60_000));
    expect((await inBox(other, ['sh', '-c', 'cat ~/file-*; touch ~/new && stat -c "%U %a" ~'])).text).toBe(
      '1\n2\n3\ndev 755\n',
    );
  });

  test('a plain volume is refused with what can be done, and so is a home of a snapshot where homes are volumes', async () => {
    const dataDir = join(host.dataDir, 'a-file');
    await writeFile(dataDir, '');
    const elsewhere = host.another({ dataDir });
    const box = host.spec();
    await elsewhere.ensureHome(box, within(20_000));
    const error = await failure(elsewhere.snapshotHome(box, uuidv7(), within(20_000)));
    expect(error).toMatchObject({ code: 'invalid', remedy: expect.stringContaining('limited size') });
    expect(await elsewhere.snapshots(host.installId, within(5_000))).toEqual([]);
    const other = host.spec({ from: uuidv7() });
    expect(await failureCode(elsewhere.ensureHome(other, within(20_000)))).toBe('invalid');
    await elsewhere.ensureHome({ ...box, from: uuidv7() }, within(20_000));
    await elsewhere.destroyHome(box, within(20_000));
  });
});
