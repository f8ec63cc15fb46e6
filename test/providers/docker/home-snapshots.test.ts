// Snapshots of homes on this host: who is killed while a home is frozen, who waits for whom, and what is refused.
import { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { homeFile } from '../../../src/providers/docker/home-file.ts';
import { createHomeSnapshots } from '../../../src/providers/docker/home-snapshots.ts';
import { homeName, homesDir } from '../../../src/providers/docker/homes.ts';
import { exitStatus } from '../../../src/providers/docker/host-command.ts';
import type { BoxRef, BoxSpec } from '../../../src/providers/provider.ts';
import { failure, failureCode } from '../../contracts/provider-subject.ts';
import { type DockerHost, inBox, makeDockerHost, within } from './docker-host.ts';
import { engineAnswers } from './image-box.ts';
import { onHost } from './outside.ts';
import { runSnapshot } from './snapshot-program.ts';

/** The programs that a snapshot runs, in order; between them it copies. */
const PROGRAMS = ['filefrag 1', 'sync 1', 'filefrag 2', 'sync 2', 'fsfreeze 1', 'filefrag 3', 'fsfreeze 2', 'sync 3'];
const FROZEN = { program: 'fsfreeze', nth: 1 };

describe.skipIf(!(await engineAnswers()))('snapshots (need an engine and root)', { timeout: 90_000 }, () => {
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
  const fileNameOf = (box: BoxSpec, id: string) => `sb-${box.installId}-${id}-${box.boxId}.img`;
  const isFrozen = async (box: BoxSpec) => {
    const freeze = await onHost('fsfreeze', '--freeze', fileOf(box).source).catch((error: unknown) => error);
    if (exitStatus(freeze) === 1) return true;
    await onHost('fsfreeze', '--unfreeze', fileOf(box).source);
    return false;
  };
  /** A process that takes a snapshot, and what is left of it after it got the signal while the home was frozen. */
  const halted = async (box: BoxSpec, signal: 'SIGKILL' | 'SIGSTOP') => {
    const snapshotId = uuidv7();
    onTestFinished(() => host.provider.destroySnapshot({ installId: host.installId, snapshotId }, within(20_000)));
    const program = runSnapshot(host, box, { snapshotId, ...FROZEN, signal });
    onTestFinished(() => void program.process.kill('SIGKILL'));
    if (signal === 'SIGKILL') expect(await program.ended).toBe('SIGKILL');
    else await expect.poll(() => stateOf(program.process.pid), { timeout: 30_000 }).toBe('T');
    expect(await isFrozen(box)).toBe(true);
    return { ...program, snapshotId };
  };

  test('the writes of a box go on after the next protect when the process was killed while its home was frozen', async () => {
    const box = await running();
    const { snapshotId } = await halted(box, 'SIGKILL');
    const write = inBox(box, ['sh', '-c', 'echo after > ~/file && cat ~/file']);
    expect(await host.provider.snapshots(host.installId, within(5_000))).toEqual([]);
    await host.another().protect(within(20_000));
    expect(await write).toEqual({ status: 0, text: 'after\n' });
    expect(await folder()).toEqual([]);
    await host.provider.snapshotHome(box, snapshotId, within(30_000));
    expect(await folder()).toEqual([fileNameOf(box, snapshotId)]);
  });

  test('protect of another installation in the same folder leaves it alone', async () => {
    const box = await running();
    await halted(box, 'SIGKILL');
    await host.another({ installId: host.alsoInstall(), isolation: false }).protect(within(20_000));
    expect(await isFrozen(box)).toBe(true);
    await host.provider.protect(within(20_000));
    expect(await isFrozen(box)).toBe(false);
  });

  test('so they do after a start, and after another snapshot', async () => {
    const box = await running();
    await host.provider.stop(box, within(30_000));
    await halted(box, 'SIGKILL');
    await host.provider.start(box, within(30_000));
    expect(await isFrozen(box)).toBe(false);

    const { snapshotId } = await halted(box, 'SIGKILL');
    const other = uuidv7();
    await host.provider.snapshotHome(box, other, within(30_000));
    onTestFinished(() =>
      host.provider.destroySnapshot({ installId: host.installId, snapshotId: other }, within(20_000)),
    );
    expect(await isFrozen(box)).toBe(false);
    expect(await folder()).toEqual([fileNameOf(box, other)]);
    expect(snapshotId).not.toBe(other);
  });

  test('a home that was left frozen is removed whole, and so is the half copy', async () => {
    const box = await running();
    const { snapshotId } = await halted(box, 'SIGKILL');
    await host.provider.destroySnapshot({ installId: host.installId, snapshotId }, within(20_000));
    expect(await folder()).toEqual([]);
    await halted(box, 'SIGKILL');
    await host.provider.destroy(box, within(30_000));
    await host.provider.destroyHome(box, within(30_000));
    expect(await onHost('losetup', '--list', '--noheadings', '--output', 'BACK-FILE')).not.toContain(homeName(box));
    await host.provider.protect(within(20_000));
    expect(await folder()).toEqual([]);
  });

  test('a home stays frozen while a live process copies it, whoever asks; a start of a stopped box waits for its end', async () => {
    const box = await running();
    await host.provider.stop(box, within(30_000));
    const { process, ended, snapshotId } = await halted(box, 'SIGSTOP');
    await host.provider.protect(within(20_000));
    const early = await failure(host.provider.start(box, within(2_000)));
    expect(early).toMatchObject({ code: 'timeout', message: expect.stringContaining('before the box was started') });
    expect(await failureCode(host.provider.snapshotHome(box, uuidv7(), within(1_000)))).toBe('timeout');
    expect(await isFrozen(box)).toBe(true);
    const starting = host.provider.start(box, within(30_000));
    process.kill('SIGCONT');
    expect(await ended).toBe('done');
    await starting;
    expect(await isFrozen(box)).toBe(false);
    expect(await folder()).toEqual([fileNameOf(box, snapshotId)]);
  });

  test('a home that somebody else froze is left frozen, and nobody waits for it', async () => {
    const box = await running();
    await onHost('fsfreeze', '--freeze', fileOf(box).source);
    onTestFinished(async () => void (await onHost('fsfreeze', '--unfreeze', fileOf(box).source)));
    expect(await failureCode(host.provider.snapshotHome(box, uuidv7(), within(30_000)))).toBe('unavailable');
    expect(await isFrozen(box)).toBe(true);
    expect(await folder()).toEqual([]);
  });

  test('a copy of a home that somebody thawed in between is thrown away', async () => {
    const box = await running();
    const { process, ended } = await halted(box, 'SIGSTOP');
    await onHost('fsfreeze', '--unfreeze', fileOf(box).source);
    process.kill('SIGCONT');
    expect(await ended).toBe('unavailable');
    expect(await folder()).toEqual([]);
  });

  test.for(PROGRAMS)('killed after %s, it leaves nothing that the next protect does not mend', async (point) => {
    const box = await running();
    const snapshotId = uuidv7();
    const [program = '', nth] = point.split(' ');
    const killed = runSnapshot(host, box, { snapshotId, program, nth: Number(nth), signal: 'SIGKILL' });
    expect(await killed.ended).toBe('SIGKILL');
    await host.provider.protect(within(20_000));
    expect(await isFrozen(box)).toBe(false);
    expect(await folder()).toEqual([]);
    await host.provider.snapshotHome(box, snapshotId, within(30_000));
    expect(await folder()).toEqual([fileNameOf(box, snapshotId)]);
    await host.provider.destroySnapshot({ installId: host.installId, snapshotId }, within(20_000));
    await host.provider.destroy(box, within(30_000));
  });

  test('a home that would keep its box waiting for too long is never frozen, and kept once the box is stopped', async () => {
    const box = await running();
    const freezes = watchFreezes(() => undefined);
    const hasty = createHomeSnapshots(homesDir(host.dataDir), { fileOf, leastFree: 0, longestFreezeMs: 0 });
    const { signal } = within(20_000);
    const error = await failure(hasty.take(box, uuidv7(), { signal, inUse: true }));
    expect(error).toMatchObject({
      code: 'invalid',
      remedyFor: 'everybody',
      remedy: expect.stringContaining('Stop the box'),
    });
    expect(freezes()).toBe(0);
    expect(await folder()).toEqual([]);
    const snapshotId = uuidv7();
    onTestFinished(() => host.provider.destroySnapshot({ installId: host.installId, snapshotId }, within(20_000)));
    await hasty.take(box, snapshotId, { signal, inUse: false });
    expect(await folder()).toEqual([fileNameOf(box, snapshotId)]);
  });

  test('a freeze that takes too long ends, and the snapshot is refused', async () => {
    const box = await running();
    const longestFreezeMs = 2_000;
    // This process is held up while the home is frozen, as by a slow disk.
    const freezes = watchFreezes(() =>
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, longestFreezeMs + 100),
    );
    const patient = createHomeSnapshots(homesDir(host.dataDir), { fileOf, leastFree: 0, longestFreezeMs });
    const { signal } = within(20_000);
    const error = await failure(patient.take(box, uuidv7(), { signal, inUse: true }));
    expect(error).toMatchObject({ code: 'invalid', remedy: expect.stringContaining('Stop the box') });
    expect(freezes()).toBe(1);
    expect(await isFrozen(box)).toBe(false);
    expect(await folder()).toEqual([]);
  });
});

const spawning = z.object({ process: z.instanceof(ChildProcess), options: z.object({ args: z.array(z.string()) }) });

/** Calls `then` after each freeze of this process until the end of the test; resolves to how many there were. */
function watchFreezes(then: () => unknown): () => number {
  let freezes = 0;
  const watch = (started: unknown) => {
    const { process, options } = spawning.parse(started);
    if (!options.args.includes('--freeze')) return;
    freezes += 1;
    process.prependOnceListener('exit', () => void then());
  };
  subscribe('tracing:child_process.spawn:start', watch);
  onTestFinished(() => void unsubscribe('tracing:child_process.spawn:start', watch));
  return () => freezes;
}

/** `T`: it was stopped; proc(5). */
async function stateOf(pid: number | undefined): Promise<string | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return /^State:\s+(\w)/m.exec(status)?.[1];
}
