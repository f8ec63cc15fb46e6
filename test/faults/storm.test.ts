// Many people while everything breaks: processes, network, Redis, database, disk, clock, platform, provider. A storm follows from its seed.
import { describe, expect, test } from 'vitest';
import { openDockerPlace } from './docker-place.ts';
import { type Storm, storm } from './storm.ts';
import { isWide } from './wide.ts';

const SEEDS = (process.env.FAULT_SEEDS ?? (isWide ? '1,2,3,4,5' : '1')).split(',').map(Number);
const ON_CLOUD = { people: 50, lines: isWide ? 40 : 10, blows: isWide ? 200 : 50 };
const ON_DOCKER = isWide ? { people: 12, lines: 25, blows: 60 } : { people: 6, lines: 6, blows: 8 };
const LONGEST_MS = 1_800_000;

describe('one final reply for each command, no orphan, no box lost or twice', () => {
  test.each(SEEDS)(`${sizeOf(ON_CLOUD)} on the simulated cloud, seed %i`, { timeout: LONGEST_MS }, async (seed) => {
    expect(await storm({ seed, ...ON_CLOUD })).toEqual([]);
  });

  test(`${sizeOf(ON_DOCKER)} on Docker, seed ${SEEDS[0]}`, { timeout: LONGEST_MS }, async () => {
    const place = await openDockerPlace();
    try {
      expect(await storm({ seed: SEEDS[0] ?? 1, ...ON_DOCKER, docker: place.docker })).toEqual([]);
    } finally {
      await place.remove();
    }
  });
});

function sizeOf({ people, lines, blows }: Omit<Storm, 'seed'>): string {
  return `${people * lines} commands with ${blows} faults`;
}
