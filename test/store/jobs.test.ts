// Jobs in the database: who gets which next, what a lost lease means, and what is never claimed.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { boxById, moveBox } from '../../src/store/boxes.ts';
import { closeCircuit, openCircuit } from '../../src/store/circuits.ts';
import {
  buryJob,
  type ClaimedJob,
  cancelJob,
  claimJob,
  dueJobs,
  endCancelled,
  endJob,
  holdJob,
  insertJob,
  insertJobWhile,
  jobById,
  renewLease,
  requeueJob,
  reviveLostJobs,
} from '../../src/store/jobs.ts';
import { stepsOf, writeStep } from '../../src/store/steps.ts';
import { jobsAhead } from '../../src/store/waiting.ts';
import { openTestStore, PROVIDER, type TestStore } from '../support/store.ts';

let store: TestStore;
let ana: string;
let made = 0;
beforeAll(async () => {
  store = await openTestStore();
  ana = await store.account('ana');
});
beforeEach(async () => {
  await store.sql('DELETE FROM steps');
  await store.sql('DELETE FROM jobs');
});
afterAll(() => store.close());

const newBox = async (accountId = ana) => ({ id: await store.box(accountId, `box-${++made}`), accountId });
const newJob = async (accountId = ana) => store.job(await newBox(accountId));
const runOut = (job: { id: string }) =>
  store.sql(`UPDATE jobs SET lease_until = now() - interval '1 second' WHERE id = $1`, [job.id]);

async function claimed(accountId = ana): Promise<ClaimedJob> {
  await newJob(accountId);
  const job = await store.claim();
  if (job === undefined) throw new Error('Nothing was claimed.');
  return job;
}

describe('claiming', () => {
  test('is fair: an account with many jobs does not keep another one waiting', async () => {
    const bea = await store.account('bea');
    for (let job = 0; job < 6; job++) await newJob(ana);
    const late = await newJob(bea);
    const first = await store.claim();
    expect(first?.accountId).toBe(ana);
    expect((await store.claim())?.id).toBe(late);
    expect((await store.claim())?.accountId).toBe(ana);
  });

  test('takes turns among accounts, also while two floods keep every place taken', async () => {
    const floods = await Promise.all(['flood-a', 'flood-b'].map((name) => store.account(name)));
    for (let n = 0; n < 4; n++)
      for (const accountId of floods) await store.job({ id: await store.box(accountId, `flooded-${n}`), accountId });
    const running = [await store.claim(), await store.claim()];
    const quiet = await store.account('quiet');
    const theirs = await store.job({ id: await store.box(quiet, 'only'), accountId: quiet });
    // The places that come free belong to accounts that have older jobs, and none running any more.
    for (const job of running) if (job !== undefined) await endJob(store.db.tx, job, { state: 'succeeded' });
    expect((await store.claim())?.id).toBe(theirs);
    const next = [await store.claim(), await store.claim(), await store.claim()].map((job) => job?.accountId);
    expect(new Set(next.slice(0, 2))).toEqual(new Set(floods));
  });

  test('leaves alone what there is no place for, and what waits for its provider', async () => {
    const accountId = await store.account('placed');
    const id = await store.job({ id: await store.box(accountId, 'placed'), accountId });
    const claim = { queue: 'vm-provision', kinds: ['spinup:1'], holder: 'test', leaseMs: 60_000 };
    expect(await claimJob(store.db.tx, { ...claim, full: [PROVIDER] })).toBeUndefined();
    await openCircuit(store.db.tx, PROVIDER, { silentMs: 2000, pauseMs: 1000 });
    expect(await claimJob(store.db.tx, { ...claim, full: ['another'] })).toBeUndefined();
    await closeCircuit(store.db.tx, PROVIDER);
    expect((await claimJob(store.db.tx, { ...claim, full: ['another'] }))?.id).toBe(id);
  });

  test('is by age within an account', async () => {
    const ids = [await newJob(), await newJob(), await newJob()];
    const order = [await store.claim(), await store.claim(), await store.claim()];
    expect(order.map((job) => job?.id)).toEqual(ids);
    expect(await store.claim()).toBeUndefined();
  });

  test('by many at once gives each job to one of them', async () => {
    const ids: string[] = [];
    for (let job = 0; job < 8; job++) ids.push(await newJob());
    const all = await Promise.all(Array.from({ length: 16 }, () => store.claim()));
    const got = all.flatMap((job) => job?.id ?? []);
    expect(got.sort()).toEqual(ids.sort());
  });

  test('leaves alone what this program does not know: kinds, versions, queues', async () => {
    const id = await newJob();
    expect(await store.claim('vm-control')).toBeUndefined();
    expect(await store.claim('vm-provision', 1000, ['start:1', 'spinup:2'])).toBeUndefined();
    await store.sql('UPDATE jobs SET version = 2 WHERE id = $1', [id]);
    expect(await store.claim()).toBeUndefined();
    await store.sql(`UPDATE jobs SET version = 1, kind = 'snapshot' WHERE id = $1`, [id]);
    expect(await store.claim()).toBeUndefined();
    expect(await jobById(store.db.tx, id)).toMatchObject({ state: 'queued', tries: 0 });
  });

  test('waits until a job is due', async () => {
    const id = await newJob();
    await store.sql(`UPDATE jobs SET run_at = now() + interval '1 hour' WHERE id = $1`, [id]);
    expect(await store.claim()).toBeUndefined();
    expect(await dueJobs(store.db.tx, 10)).toEqual([]);
  });

  test('finds a job due from the moment it is made, by the clock that made it', async () => {
    for (let time = 0; time < 25; time++) {
      const box = await newBox();
      const due = await store.db.transaction(async (tx) => {
        const job = {
          kind: 'stop' as const,
          beside: false,
          queue: 'vm-control',
          payload: {},
          boxId: box.id,
          accountId: ana,
          maxTries: 1,
        };
        const id = await insertJob(tx, job);
        return (await dueJobs(tx, 100)).some((one) => one.id === id);
      });
      expect(due).toBe(true);
    }
  });

  test('raises the epoch of the box, so that whoever worked on it before writes nothing', async () => {
    const old = await claimed();
    await runOut(old);
    await reviveLostJobs(store.db.tx);
    const next = await store.claim();
    expect(next?.id).toBe(old.id);
    expect(next?.epoch).toBeGreaterThan(old.epoch);
    expect(await moveBox(store.db.tx, { boxId: old.boxId, epoch: old.epoch, to: 'provisioning' })).toBe(false);
    expect(await moveBox(store.db.tx, { boxId: old.boxId, epoch: next?.epoch ?? 0n, to: 'provisioning' })).toBe(true);
  });

  test('of a box waits until the job that is being cancelled has let go of it', async () => {
    const old = await claimed();
    await cancelJob(store.db.tx, old.id);
    await store.job({ id: old.boxId, accountId: ana }, 'destroy');
    expect(await store.claim('vm-control')).toBeUndefined();
    expect(await renewLease(store.db.tx, old, 60_000)).toBe('cancelling');
    await endCancelled(store.db.tx, old);
    expect((await store.claim('vm-control'))?.kind).toBe('destroy');
  });

  test('of a box goes on without the one that was cancelled and lost', async () => {
    const old = await claimed();
    await cancelJob(store.db.tx, old.id);
    await store.job({ id: old.boxId, accountId: ana }, 'destroy');
    await runOut(old);
    expect((await store.claim('vm-control'))?.kind).toBe('destroy');
    await reviveLostJobs(store.db.tx);
    expect((await jobById(store.db.tx, old.id))?.state).toBe('cancelled');
  });
});

describe('a lease that ran out', () => {
  test('is the end of all writes, before anybody else has claimed the job', async () => {
    const job = await claimed();
    await runOut(job);
    expect(await renewLease(store.db.tx, job, 60_000)).toBe('lost');
    expect(await store.db.transaction((tx) => holdJob(tx, job))).toBe(false);
    const progress = { kind: 'progress', progress: { title: '', lines: [] } };
    await writeStep(store.db.tx, job, { name: 'late', label: 'late', state: 'done', ordinal: 0 }, progress);
    expect(await stepsOf(store.db.tx, job.id)).toEqual([]);
  });

  test('is the end of steps and of endings, once somebody else has claimed the job', async () => {
    const old = await claimed();
    await runOut(old);
    await reviveLostJobs(store.db.tx);
    const next = await store.claim();
    const progress = { kind: 'progress', progress: { title: '', lines: [] } };
    await writeStep(store.db.tx, old, { name: 'late', label: 'late', state: 'done', ordinal: 0 }, progress);
    await endJob(store.db.tx, old, { state: 'succeeded' });
    await requeueJob(store.db.tx, old, { delayMs: 0, usesTry: true });
    await endCancelled(store.db.tx, old);
    expect(await renewLease(store.db.tx, old, 60_000)).toBe('lost');
    expect(await stepsOf(store.db.tx, old.id)).toEqual([]);
    expect(await jobById(store.db.tx, old.id)).toMatchObject({ state: 'running', epoch: next?.epoch });
  });

  test('gives the job back without using a try, and counts the loss', async () => {
    const job = await claimed();
    expect(job.tries).toBe(1);
    await runOut(job);
    expect(await reviveLostJobs(store.db.tx)).toMatchObject({ revived: 1, buried: [] });
    expect(await jobById(store.db.tx, job.id)).toMatchObject({ state: 'queued', tries: 0, losses: 1 });
  });

  test('too often buries the job', async () => {
    const job = await claimed();
    await runOut(job);
    await store.sql('UPDATE jobs SET losses = 20 WHERE id = $1', [job.id]);
    const { revived, buried } = await store.db.transaction((tx) => reviveLostJobs(tx));
    expect([revived, buried.map((one) => one.id)]).toEqual([0, [job.id]]);
    await buryJob(store.db.tx, job.id, { code: 'worker_lost', text: 'lost' });
    expect(await jobById(store.db.tx, job.id)).toMatchObject({ state: 'dead', errorText: 'lost' });
    expect(await store.claim()).toBeUndefined();
  });

  test('that still runs is left alone', async () => {
    const job = await claimed();
    expect(await reviveLostJobs(store.db.tx)).toMatchObject({ revived: 0, buried: [] });
    expect(await renewLease(store.db.tx, job, 60_000)).toBe('running');
  });
});

describe('giving back', () => {
  test('at a shutdown uses no try, and the job keeps its place before those that came after it', async () => {
    const job = await claimed();
    const later = await newJob();
    await requeueJob(store.db.tx, job, { delayMs: 0, usesTry: false });
    expect((await jobById(store.db.tx, job.id))?.tries).toBe(0);
    expect(await jobsAhead(store.db.tx, later)).toBe(1);
    expect((await store.claim())?.id).toBe(job.id);
  });

  test('after a failure uses a try and waits', async () => {
    const job = await claimed();
    const fault = { code: 'unavailable', text: 'The cloud is away.' };
    await requeueJob(store.db.tx, job, { delayMs: 3_600_000, usesTry: true, error: fault });
    expect(await jobById(store.db.tx, job.id)).toMatchObject({ state: 'queued', tries: 1, errorText: fault.text });
    expect(await store.claim()).toBeUndefined();
  });
});

describe('cancelling', () => {
  test('ends a queued job at once, and never one that has ended', async () => {
    const queued = await newJob();
    await cancelJob(store.db.tx, queued);
    expect((await jobById(store.db.tx, queued))?.state).toBe('cancelled');

    const job = await claimed();
    await endJob(store.db.tx, job, { state: 'succeeded' });
    await cancelJob(store.db.tx, job.id);
    expect((await jobById(store.db.tx, job.id))?.state).toBe('succeeded');
  });

  test('of a running job forbids its worker the last writes', async () => {
    const job = await claimed();
    await cancelJob(store.db.tx, job.id);
    expect(await store.db.transaction((tx) => holdJob(tx, job))).toBe(false);
    expect((await boxById(store.db.tx, job.boxId))?.state).toBe('requested');
  });
});

test('a job that follows from a look is made only while the box is as it was seen', async () => {
  const box = await newBox();
  await store.sql(`UPDATE boxes SET state = 'running', desired = 'running' WHERE id = $1`, [box.id]);
  const start = {
    kind: 'start',
    beside: false,
    queue: 'vm-control',
    payload: { reason: 'reconcile' },
    boxId: box.id,
    maxTries: 2,
  } as const;
  const seen = { state: 'running', desired: 'running' };
  await store.sql(`UPDATE boxes SET state = 'stopped', desired = 'stopped' WHERE id = $1`, [box.id]);
  expect(await insertJobWhile(store.db.tx, start, seen)).toBeUndefined();
  await store.sql(`UPDATE boxes SET state = 'running', desired = 'running' WHERE id = $1`, [box.id]);
  expect(await insertJobWhile(store.db.tx, start, seen)).toBeTypeOf('string');
  expect(await insertJobWhile(store.db.tx, start, seen)).toBeUndefined();
});
