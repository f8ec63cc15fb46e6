// Waiting for a worker: the place in the line, the usual time, and what is shown of it.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newId } from '../../src/store/ids.ts';
import { writeStep } from '../../src/store/steps.ts';
import { queueMessage } from '../../src/store/threads.ts';
import { endWaiting, jobsAhead, showWaiting, usualDuration, waitingJobs } from '../../src/store/waiting.ts';
import type { Progress } from '../../src/threads/reply.ts';
import { openTestStore, PROVIDER, type TestStore } from '../support/store.ts';

let store: TestStore;
let ana: string;
let bea: string;
let made = 0;
beforeAll(async () => {
  store = await openTestStore();
  [ana, bea] = [await store.account('ana'), await store.account('bea')];
});
beforeEach(async () => {
  await store.sql('DELETE FROM messages');
  await store.sql('DELETE FROM steps');
  await store.sql('DELETE FROM jobs');
});
afterAll(() => store.close());

const newJob = async (accountId = ana) =>
  store.job({ id: await store.box(accountId, `box-${++made}`), accountId }, 'spinup');
const lineOf = async () => (await waitingJobs(store.db.tx, 'vm-provision')).map(({ id, ahead }) => [id, ahead]);

/** A progress message of the job, as it is when nothing was shown yet. */
async function watched(jobId: string): Promise<string> {
  await queueMessage(store.db.tx, {
    threadId: await store.thread(`thread-${jobId}`, `lane-${jobId}`),
    jobId,
    kind: 'progress',
    visibility: 'thread',
    body: { kind: 'progress', progress: { title: '', lines: [] } },
  });
  return `lane-${jobId}`;
}
async function shown(jobId: string): Promise<{ progress: Progress; wanted: number; state: string } | undefined> {
  const [row] = await store.sql<{ progress: Progress; wanted: number; state: string }>(
    `SELECT body -> 'progress' AS progress, wanted, state FROM messages WHERE job_id = $1`,
    [jobId],
  );
  return row;
}

describe('the line', () => {
  test('is in the order in which jobs are claimed: accounts with nothing under way first, then age', async () => {
    await newJob(ana);
    await store.claim();
    const [second, third, beas] = [await newJob(ana), await newJob(ana), await newJob(bea)];
    const ahead = async (id: string) => jobsAhead(store.db.tx, id);
    expect([await ahead(beas), await ahead(second), await ahead(third)]).toEqual([0, 1, 2]);
    expect((await store.claim())?.id).toBe(beas);
    expect(await ahead(beas)).toBeUndefined();
    // Both have one under way now, so age decides.
    expect([await ahead(second), await ahead(third)]).toEqual([0, 1]);
  });

  test('holds only what is due, in that queue, and is told to those who watch', async () => {
    const [first, later, second] = [await newJob(), await newJob(), await newJob()];
    await store.sql(`UPDATE jobs SET run_at = now() + interval '1 hour' WHERE id = $1`, [later]);
    await watched(later);
    await watched(second);
    expect(await lineOf()).toEqual([[second, 1]]);
    await watched(first);
    expect(await lineOf()).toEqual([
      [first, 0],
      [second, 1],
    ]);
    expect(await waitingJobs(store.db.tx, 'vm-control')).toEqual([]);
  });
});

describe('what is shown of it', () => {
  test('is written once for each change, with the lanes that are to be woken', async () => {
    const [one, other] = [await newJob(), await newJob()];
    const [lane, otherLane] = [await watched(one), await watched(other)];
    const waits = [
      { jobId: one, note: 'next in line' },
      { jobId: other, note: '1 ahead of yours' },
    ];
    expect((await showWaiting(store.db.tx, waits)).sort()).toEqual([lane, otherLane].sort());
    expect(await shown(other)).toMatchObject({ progress: { note: '1 ahead of yours' }, wanted: 1, state: 'pending' });
    expect(await showWaiting(store.db.tx, waits)).toEqual([]);
    expect(await showWaiting(store.db.tx, [{ jobId: other, note: 'next in line' }])).toEqual([otherLane]);
    expect((await shown(other))?.wanted).toBe(2);
  });

  test('never stands over steps, nor over a job that a worker has', async () => {
    const id = await newJob();
    await watched(id);
    const job = await store.claim();
    if (job === undefined) throw new Error('Nothing was claimed.');
    expect(await showWaiting(store.db.tx, [{ jobId: id, note: 'next in line' }])).toEqual([]);
    const lines = [{ label: 'home volume', state: 'done' as const, tookMs: 100 }];
    const step = { name: 'home', label: 'home volume', state: 'done' as const, tookMs: 100, ordinal: 0 };
    await writeStep(store.db.tx, job, step, { kind: 'progress', progress: { title: 'x', lines } });
    await store.sql(`UPDATE jobs SET state = 'queued', lease_until = NULL, holder = NULL WHERE id = $1`, [id]);
    expect(await showWaiting(store.db.tx, [{ jobId: id, note: 'next in line' }])).toEqual([]);
    expect((await shown(id))?.progress.lines).toHaveLength(1);
  });

  test('ends where it was told, and begins no message where it was not', async () => {
    const [told, untold] = [await newJob(), await newJob()];
    const lane = await watched(told);
    await watched(untold);
    await showWaiting(store.db.tx, [{ jobId: told, note: 'next in line' }]);
    const body = { kind: 'progress', progress: { title: 'mybox is being made', lines: [] } } as const;
    expect(await endWaiting(store.db.tx, told, body)).toEqual([lane]);
    expect(await endWaiting(store.db.tx, untold, body)).toEqual([]);
    expect((await shown(told))?.progress).toEqual({ title: 'mybox is being made', lines: [] });
    expect((await shown(untold))?.wanted).toBe(0);
  });
});

describe('the usual time', () => {
  const ran = async (seconds: number, state = 'succeeded') => {
    const id = await newJob();
    await store.sql(
      `UPDATE jobs SET state = $2, started_at = now() - $3 * interval '1 second', finished_at = now() WHERE id = $1`,
      [id, state, seconds],
    );
  };
  const usual = async (provider = PROVIDER) => usualDuration(store.db.tx, 'spinup', provider);

  test('is not told of fewer than five runs', async () => {
    for (const seconds of [30, 30, 30, 30]) await ran(seconds);
    expect(await usual()).toBeUndefined();
    await ran(30);
    expect((await usual())?.p50Ms).toBeCloseTo(30_000, -3);
  });

  test('is that of the middle and of slow days, of what succeeded, on that provider', async () => {
    for (let seconds = 1; seconds <= 21; seconds++) await ran(seconds);
    await ran(5_000, 'failed');
    const found = await usual();
    expect(Math.round((found?.p50Ms ?? 0) / 100)).toBe(110);
    expect(Math.round((found?.p95Ms ?? 0) / 100)).toBe(200);
    expect(await usual('another')).toBeUndefined();
    expect(await usualDuration(store.db.tx, 'start', PROVIDER)).toBeUndefined();
  });

  test('is that of the last fifty runs', async () => {
    const ids = Array.from({ length: 60 }, () => newId());
    const box = await store.box(ana, `box-${++made}`);
    await store.sql(
      `INSERT INTO jobs (id, kind, queue, payload, box_id, account_id, state, max_tries, started_at, finished_at)
       SELECT i.id, 'spinup', 'vm-provision', '{}', $2, $3, 'succeeded', 3, now() - CASE WHEN i.n <= 10 THEN 500 ELSE 7 END * interval '1 second', now()
       FROM unnest($1::uuid[]) WITH ORDINALITY AS i(id, n)`,
      [ids, box, ana],
    );
    expect(await usual()).toEqual({ p50Ms: 7000, p95Ms: 7000 });
  });
});
