// Fifty people at once while processes are killed and stopped and Redis is emptied: every command one final reply, no orphan, no lost box.
import { describe, expect, test } from 'vitest';
import { mulberry32 } from '../fakes/seeded-random.ts';
import { openLaboratory } from './laboratory.ts';
import { expectNothingLeft, live } from './people.ts';
import { torment } from './torment.ts';

const SEEDS = (process.env.FAULT_SEEDS ?? '1,2,3,4,5').split(',').map(Number);
const PEOPLE = 50;
const STORY = ['spinup box-one', 'list', 'stop box-one', 'start box-one', 'destroy box-one --yes'];
/** From the last fault on: everybody has their last answer, and nothing is left over. */
const SETTLE_MS = 60_000;

describe.each(SEEDS)('fifty people and a tormented house, seed %i', (seed) => {
  test('every command gets exactly one final reply, and nothing is left over', { timeout: 400_000 }, async () => {
    const lab = await openLaboratory(seed, 'standard');
    try {
      await Promise.all([lab.launch('bots'), lab.launch('bots'), lab.launch('worker'), lab.launch('worker')]);
      const lives = live(lab, PEOPLE, STORY);
      const [{ endedAt, takenAway }, asked] = await Promise.all([torment(lab, mulberry32(seed)), lives]);
      expect(takenAway).toBeGreaterThan(0);
      const deadlineMs = SETTLE_MS - (performance.now() - endedAt);
      expect(deadlineMs).toBeGreaterThan(0);
      await expectNothingLeft(lab, { people: PEOPLE, asked, deadlineMs });
    } finally {
      await lab.close();
    }
  });
});
