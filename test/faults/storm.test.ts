// Many people while everything breaks: processes, network, Redis, database, disk, clock, platform, provider. A storm follows from its seed.
import { describe, expect, test } from 'vitest';
import { openCloudPlace } from './cloud-place.ts';
import { openDockerPlace } from './docker-place.ts';
import { type Storm, storm } from './storm.ts';
import { isWide } from './wide.ts';

const SEEDS = (process.env.FAULT_SEEDS ?? (isWide ? '1,2,3,4,5' : '1')).split(',').map(Number);
const ON_CLOUD = { people: 50, lines: isWide ? 40 : 10, blows: isWide ? 200 : 50 };
const ON_DOCKER = isWide ? { people: 12, lines: 25, blows: 60 } : { people: 6, lines: 6, blows: 8 };
const AT_VENDORS = isWide ? { people: 12, lines: 25, blows: 60 } : ON_DOCKER;
const LONGEST_MS = 1_800_000;

describe('one final reply for each command, no orphan, no box lost or twice', () => {
  test.each(SEEDS)(`${sizeOf(ON_CLOUD)} on the simulated cloud, seed %i`, { timeout: LONGEST_MS }, async (seed) => {
    expect(await storm({ seed, ...ON_CLOUD })).toEqual([]);
  });

  test(`${sizeOf(ON_DOCKER)} on Docker, seed ${SEEDS[0]}`, { timeout: LONGEST_MS }, async () => {
    expect(await storm({ seed: SEEDS[0] ?? 1, ...ON_DOCKER, place: await openDockerPlace() })).toEqual([]);
  });

  test.each([
    ['DigitalOcean', 'digitalocean', 'keep'],
    ['OVH', 'ovh', 'release'],
  ] as const)(
    `${sizeOf(AT_VENDORS)} on %s, seed ${SEEDS[0]}`,
    { timeout: LONGEST_MS },
    async (_, vendor, whenStopped) => {
      const [seed = 1] = SEEDS;
      expect(await storm({ seed, ...AT_VENDORS, place: await openCloudPlace(vendor, whenStopped, seed) })).toEqual([]);
    },
  );
});

function sizeOf({ people, lines, blows }: Omit<Storm, 'seed'>): string {
  return `${people * lines} commands with ${blows} faults`;
}
