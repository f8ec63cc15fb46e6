// Snapshots of homes at a cloud that fails with them: on a clock that the test turns.
import { beforeEach, expect, test } from 'vitest';
import { type CallContext, ProviderError } from '../../../../src/providers/provider.ts';
import type { Volume, VolumeSnapshot } from '../../../../src/providers/shared/cloud/cloud.ts';
import { createListPoll } from '../../../../src/providers/shared/cloud/list-poll.ts';
import { createSnapshots, type SnapshotsOptions } from '../../../../src/providers/shared/cloud/snapshots.ts';
import { makeBoxSpec } from '../../../contracts/provider-spec.ts';
import { INSTALL } from '../../../fakes/cloud/plain-cloud.ts';
import { createTestClock, type TestClock } from '../../../fakes/cloud/test-clock.ts';

const BUSY_MS = 60_000;
const ID = '01890a5d-ac96-774b-bcce-b302099a8099';
const context: CallContext = { signal: new AbortController().signal };
const box = makeBoxSpec({ installId: INSTALL });
const home: Volume = { ref: 'v1', boxId: box.boxId, region: 'here', sizeGiB: 10, ready: true, attachedTo: [] };

let clock: TestClock;
let there: VolumeSnapshot[];
let made: Partial<VolumeSnapshot>;
let lists: number;
let busyUntilMs: number;

beforeEach(() => {
  clock = createTestClock();
  there = [];
  made = { ready: true };
  lists = 0;
  busyUntilMs = 0;
});

/** It is seen to have failed at the third look. */
async function list(): Promise<VolumeSnapshot[]> {
  lists += 1;
  return there.map((one) => (lists < 3 || one.ready ? one : { ...one, failed: true }));
}

function open() {
  const cloud: SnapshotsOptions['cloud'] = {
    title: 'A cloud',
    listLagMs: 0,
    async createSnapshot({ snapshotId, volume }) {
      if (clock.nowMs() < busyUntilMs) throw new ProviderError('busy', 'Not now.');
      const facts = { snapshotId, boxId: volume.boxId, bytes: 7, ref: 's1', region: 'here', volumeGiB: 10 };
      const snapshot = { ...facts, createdAt: new Date(clock.nowMs()), ready: false, ...made };
      there.push(snapshot);
      return snapshot;
    },
    async deleteSnapshot({ ref }) {
      there = there.filter((one) => one.ref !== ref);
    },
  };
  const poll = createListPoll(list, { clock });
  return createSnapshots({
    cloud,
    inside: { frozen: (_at, _seconds, work) => work() },
    poll: () => poll,
    home: async () => home,
    machine: async () => undefined,
    addressOf: () => undefined,
    clock,
    busyMs: BUSY_MS,
  });
}

test.each([
  ['later', { ready: false }],
  ['at once', { ready: false, failed: true }],
])('one that the vendor gives up on %s is told of, and deleted; the next try makes another', async (_when, how) => {
  made = how;
  const error = { code: 'invalid', remedy: expect.stringContaining('Try again') };
  await expect(clock.pass(open().take(box, ID, context))).rejects.toMatchObject(error);
  expect(there).toEqual([]);
  made = { ready: true };
  expect(await clock.pass(open().take(box, ID, context))).toEqual({ bytes: 7 });
});

test('one is taken once the cloud is not busy any more; one that is busy for too long says so', async () => {
  const notes: string[] = [];
  busyUntilMs = clock.nowMs() + BUSY_MS / 2;
  const told = { ...context, note: (phrase: string) => void notes.push(phrase) };
  expect(await clock.pass(open().take(box, ID, told))).toEqual({ bytes: 7 });
  expect(notes[0]).toContain('busy');
  there = [];
  busyUntilMs = Number.POSITIVE_INFINITY;
  const began = clock.nowMs();
  await expect(clock.pass(open().take(box, ID, context))).rejects.toMatchObject({ code: 'busy' });
  expect(clock.nowMs() - began).toBeGreaterThanOrEqual(BUSY_MS);
});
