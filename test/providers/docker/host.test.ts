// What is tried out on the host leaves nothing behind, whenever it is cut short.
import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { homesDir } from '../../../src/providers/docker/homes.ts';
import { ProviderError } from '../../../src/providers/provider.ts';
import { type DockerHost, engine, homeFiles, makeDockerHost, within } from './docker-host.ts';
import { engineAnswers } from './image-box.ts';

describe.skipIf(!(await engineAnswers()))('looking at the host (needs an engine and root)', { timeout: 60_000 }, () => {
  let host: DockerHost;

  beforeAll(async () => {
    host = await makeDockerHost();
    await host.provider.prepare(within(120_000));
  });
  afterAll(() => host.remove());

  test('leaves neither trial homes nor loop devices, also when it is cut short', async () => {
    for (const afterMs of [1, 10, 25, 40, 60, 90]) {
      const error: unknown = await host
        .another()
        .prepare(within(afterMs))
        .catch((rejection: unknown) => rejection);
      if (error !== undefined) expect(error).toBeInstanceOf(ProviderError);
    }
    expect(await homeFiles(host.dataDir)).toEqual([]);
  });

  test('takes away what a killed program left of a trial, and nothing younger', async () => {
    const dir = homesDir(host.dataDir);
    const [old, young] = [join(dir, 'trial-old.img'), join(dir, 'trial-young.img')];
    const longAgo = new Date(Date.now() - 3_600_000);
    await writeFile(old, '');
    await utimes(old, longAgo, longAgo);
    await writeFile(young, '');
    await host.provider.prepare(within(60_000));
    expect(await homeFiles(host.dataDir)).toEqual(['trial-young.img']);
  });

  test('leaves no trial container', async () => {
    await host.provider.prepare(within(60_000));
    const left = await engine.listContainers({ all: true, filters: { label: ['shellbox.trial'] } });
    // Other programs on this engine may be in the middle of theirs.
    const stale = left.filter(({ Created }) => Date.now() / 1000 - Created > 30);
    expect(stale).toEqual([]);
  });
});
