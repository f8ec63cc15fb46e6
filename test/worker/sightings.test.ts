// What one process remembers of a box between two looks.
import { expect, test } from 'vitest';
import type { Observation } from '../../src/providers/observed.ts';
import type { LivingBox } from '../../src/store/lives.ts';
import { createSightings } from '../../src/worker/sightings.ts';

const MINUTE_MS = 60_000;
const NOON = Date.UTC(2026, 5, 1, 12);
const nothing: Observation = { startedAtMs: 1, cpuMs: 0, trafficBytes: 0, processes: [] };
const limits = { cpuPercent: 5, trafficKibPerMinute: 10, intervalMs: MINUTE_MS };
const box: LivingBox = {
  id: 'box',
  accountId: 'account',
  name: 'mybox',
  provider: 'seeded',
  incarnation: 1,
  hostPublicKey: '',
  tier: 'free',
  timeZone: 'UTC',
  activity: 'unknown',
  activitySince: null,
  activityWhy: null,
  idleMinutes: 60,
  extendedUntil: null,
  runningSince: new Date(NOON),
  stopAt: null,
  stopCause: null,
  warnedAt: null,
  lastUsedAt: new Date(NOON),
};

test('a clock that is set makes nothing forgotten, and no use of what was seen', () => {
  const sightings = createSightings(limits);
  const look = (of: LivingBox, minute: number, setMs = 0) =>
    sightings.see(of, {
      observation: nothing,
      at: new Date(NOON + minute * MINUTE_MS + setMs),
      atMs: minute * MINUTE_MS,
    });
  look(box, 1);
  expect(look(box, 2)).toMatchObject({ activity: 'idle' });
  const setMs = 90 * MINUTE_MS;
  sightings.shift(setMs);
  const later = new Date(NOON + setMs);
  look({ ...box, runningSince: later, lastUsedAt: later }, 3, setMs);
  expect(sightings.isUnused('box', 3 * MINUTE_MS)).toBe(true);
});
