// The disk of the database is full for a while: what cannot be written down is not acknowledged, and nothing that was is lost.
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { mulberry32 } from '../fakes/seeded-random.ts';
import { eventually } from '../support/eventually.ts';
import { watchTransitions } from '../support/transitions.ts';
import { findings, settled } from './checks.ts';
import { type Laboratory, openLaboratory } from './laboratory.ts';
import { startRestartable } from './restartable.ts';
import { startWalks, type Walkers } from './walks.ts';
import { watchFences } from './witness.ts';

const run = promisify(execFile);
const isRoot = process.getuid?.() === 0;

const PEOPLE = 10;
const LINES = 12;
const FULL_MS = 4000;
const CONVERGE_MS = 60_000;
const CHUNK = Buffer.alloc(1024 * 1024);

test.skipIf(!isRoot)(
  'a full disk costs no command its one final reply and no box, once there is room again',
  {
    timeout: 300_000,
  },
  async () => {
    const disk = await mkdtemp(join(tmpdir(), 'shellbox-disk-'));
    await run('mount', ['-t', 'tmpfs', '-o', 'size=600m', 'tmpfs', disk]);
    await chmod(disk, 0o755);
    try {
      const lab = await openLaboratory(1, 'none', { servers: await startRestartable({ dataDir: disk }) });
      try {
        await watchTransitions(lab.sql);
        await watchFences(lab);
        await Promise.all((['bots', 'worker', 'worker'] as const).map(lab.launch));
        const walks = startWalks(lab, { people: PEOPLE, lines: LINES, random: mulberry32(1) });
        for (const part of [0.2, 0.5]) await beFull(lab, walks, disk, part);
        await walks.done;
        await settled(lab, walks.typed, CONVERGE_MS);
        expect(await findings(lab, walks.typed)).toEqual([]);
      } finally {
        await lab.close();
      }
    } finally {
      await run('umount', ['--lazy', disk]);
      await rm(disk, { recursive: true, force: true });
    }
  },
);

/** When so large a part of the work is done there is no room left for some seconds, which at least one write meets. */
async function beFull(lab: Laboratory, walks: Walkers, disk: string, part: number): Promise<void> {
  await eventually('work is under way', () => walks.answered() >= part * PEOPLE * LINES, 60_000);
  const filler = join(disk, 'filler');
  await fill(filler);
  const refused = await refusal(lab);
  await delay(FULL_MS);
  await rm(filler);
  expect(refused).toContain('No space left');
}

async function fill(path: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (let size = CHUNK.length; size >= 1; ) {
      // Down to the last byte, so that there is no room for the smallest page.
      const written = await file.write(CHUNK.subarray(0, size)).then(
        ({ bytesWritten }) => bytesWritten === size,
        () => false,
      );
      if (!written) size = Math.floor(size / 2);
    }
  } finally {
    await file.close();
  }
}

/** What the database says to a table that needs room. */
async function refusal(lab: Laboratory): Promise<string> {
  try {
    await lab.sql(`CREATE TABLE too_much AS SELECT repeat('x', 1000) FROM generate_series(1, 10000)`);
    return 'nothing';
  } catch (error) {
    return String(error);
  }
}
