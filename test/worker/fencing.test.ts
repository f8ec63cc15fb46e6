// A worker that was paused past its lease changes nothing; one that shuts down hands its work back.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createLogger } from '../../src/log.ts';
import type { Running } from '../../src/roles/house.ts';
import { moveBox } from '../../src/store/boxes.ts';
import { reviveLostJobs } from '../../src/store/jobs.ts';
import { holdTenure, TenureLost } from '../../src/worker/tenure.ts';
import { eventually } from '../support/eventually.ts';
import { NEVER_MS, openTestHouse, type TestHouse, UNREPAIRED } from '../support/house.ts';
import { openTestStore, type TestStore } from '../support/store.ts';
import { lookRound } from './round.ts';

const logger = createLogger({ level: 'silent', secrets: [] });

let house: TestHouse;
let worker: Running;
beforeAll(async () => {
  house = await openTestHouse({ timings: { ...UNREPAIRED, drainMs: 0 }, worker: false });
  worker = await house.startWorker();
});
afterAll(() => house.close());

describe('a tenure', () => {
  let store: TestStore;
  let accountId: string;
  let made = 0;
  beforeAll(async () => {
    store = await openTestStore(house.servers);
    accountId = await store.account('ana');
  });
  afterAll(async () => {
    await store.sql('DELETE FROM jobs');
    await store.close();
  });

  async function held() {
    await store.sql('DELETE FROM jobs');
    await store.job({ id: await store.box(accountId, `box-${++made}`), accountId });
    const job = await store.claim();
    if (job === undefined) throw new Error('Nothing was claimed.');
    return { job, tenure: holdTenure(store.db, job, NEVER_MS, logger) };
  }
  const stateOf = async (boxId: string) =>
    (await store.sql<{ state: string }>('SELECT state FROM boxes WHERE id = $1', [boxId]))[0]?.state;

  test('writes while it lasts', async () => {
    const { job, tenure } = await held();
    await tenure.write((tx) => moveBox(tx, { boxId: job.boxId, epoch: job.epoch, to: 'provisioning' }));
    expect(await stateOf(job.boxId)).toBe('provisioning');
    tenure.end();
  });

  test('whose lease ran out writes nothing, though nobody else has claimed the job', async () => {
    const { job, tenure } = await held();
    await store.sql(`UPDATE jobs SET lease_until = now() - interval '1 s' WHERE id = $1`, [job.id]);
    let worked = false;
    const late = tenure.write(async () => {
      worked = true;
    });
    await expect(late).rejects.toMatchObject({ why: 'lost' });
    await expect(late).rejects.toBeInstanceOf(TenureLost);
    expect(worked).toBe(false);
    tenure.end();
  });

  test('whose job somebody else has claimed writes nothing, and is told', async () => {
    const { job, tenure } = await held();
    await store.sql(`UPDATE jobs SET lease_until = now() - interval '1 s' WHERE id = $1`, [job.id]);
    await reviveLostJobs(store.db.tx);
    expect((await store.claim())?.id).toBe(job.id);
    await expect(tenure.write(async () => {})).rejects.toMatchObject({ why: 'lost' });
    await tenure.look();
    expect(tenure.signal.reason).toMatchObject({ why: 'lost' });
    tenure.end();
  });

  test('whose job was cancelled writes nothing, and is told so', async () => {
    const { job, tenure } = await held();
    await store.sql(`UPDATE jobs SET state = 'cancelling' WHERE id = $1`, [job.id]);
    await expect(tenure.write(async () => {})).rejects.toMatchObject({ why: 'cancelled' });
    await tenure.look();
    expect(tenure.signal.reason).toMatchObject({ why: 'cancelled' });
    tenure.end();
  });
});

describe('a worker in the house', () => {
  let person: string;
  let made = 0;
  beforeEach(() => {
    person = `person-${++made}`;
  });

  const finals = (thread: string) => house.chat.messages(thread).filter((message) => message.kind === 'final');
  const box = async () => {
    const rows = await house.sql<{ id: string; state: string; incarnation: number }>(
      'SELECT b.id, b.state, b.incarnation FROM boxes b JOIN accounts a ON a.id = b.account_id WHERE a.name = $1',
      [person],
    );
    return rows[0] ?? { id: '', state: 'none', incarnation: 0 };
  };

  test('that lost its lease in the middle of a spinup leaves the end to the next: one box, one final', async () => {
    const gate = house.hold('create');
    const asked = await house.ask(person, 'spinup mybox');
    await gate.reached;
    await house.sql(`UPDATE jobs SET lease_until = now() - interval '1 s' WHERE state = 'running'`);
    await reviveLostJobs(house.services.db.tx);
    gate.open();
    await eventually('the box runs', async () => {
      await lookRound(house);
      return (await box()).state === 'running';
    });
    expect(await asked.answer).toContain('mybox is ready');
    await house.cloud.settled();
    expect(finals(asked.thread)).toHaveLength(1);
    const { id } = await box();
    expect(house.cloud.ledger.instances().filter((instance) => instance.boxId === id)).toHaveLength(1);
    expect(await house.sql('SELECT state, losses, tries FROM jobs WHERE box_id = $1', [id])).toEqual([
      { state: 'succeeded', losses: 1, tries: 1 },
    ]);
  });

  test('gives up the job of a box that destroy took over, and leaves no instance', async () => {
    const gate = house.hold('create');
    const asked = await house.ask(person, 'spinup mybox');
    await gate.reached;
    const destroyed = house.say(person, 'destroy mybox --yes');
    expect(await asked.answer).toContain('cancelled');
    expect(await destroyed).toContain('is destroyed');
    gate.open();
    await house.cloud.settled();
    for (let look = 0; look < 3; look++) await lookRound(house);
    expect((await box()).state).toBe('destroyed');
    const { id } = await box();
    expect(house.cloud.ledger.instances().filter((instance) => instance.boxId === id)).toEqual([]);
  });

  test('whose job fails in the moment it is cancelled lets the destroy that waits for it go on at once', async () => {
    const gate = house.hold('create');
    const asked = await house.ask(person, 'spinup mybox');
    await gate.reached;
    house.cloud.failNext('create', 'quota');
    const destroyed = await house.ask(person, 'destroy mybox --yes');
    await eventually('it is cancelled', async () => {
      const { id } = await box();
      return (await house.sql(`SELECT 1 FROM jobs WHERE box_id = $1 AND state = 'cancelling'`, [id])).length === 1;
    });
    gate.open();
    expect(await destroyed.answer).toContain('is destroyed');
    expect(await asked.answer).toContain('cancelled');
    expect((await box()).state).toBe('destroyed');
  });

  test('that is told to stop hands back what it cannot finish, and the next one finishes it', async () => {
    const gate = house.hold('create');
    const asked = await house.ask(person, 'spinup mybox');
    expect((await gate.reached).takenOver).toBeUndefined();
    await worker.stop();
    const { id } = await box();
    expect(await house.sql('SELECT state, tries, losses FROM jobs WHERE box_id = $1', [id])).toEqual([
      { state: 'queued', tries: 0, losses: 0 },
    ]);
    gate.open();
    const again = house.hold('create');
    worker = await house.startWorker();
    // What the first call made may come to light late, so the provider looks twice before it makes another.
    expect((await again.reached).takenOver).toBeInstanceOf(Date);
    again.open();
    expect(await asked.answer).toContain('mybox is ready');
    expect(house.cloud.ledger.instances().filter((instance) => instance.boxId === id)).toHaveLength(1);
  });
});
