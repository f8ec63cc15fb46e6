// The reaper in ten thousand worlds: older databases, empty and lagging lists, several installations in one account. Nothing is removed wrongly.
import { describe, expect, test } from 'vitest';
import { FEW } from '../../src/worker/reap-plan.ts';
import { liveThrough, type Told } from './reap-world.ts';

const WORLDS = Number(process.env.REAP_WORLDS ?? 10_000);

describe(`the reaper in ${WORLDS} worlds`, { timeout: 120_000 }, () => {
  const all: (Told & { seed: number })[] = [];
  for (let seed = 1; seed <= WORLDS; seed++) all.push({ seed, ...liveThrough(seed) });
  const of = (fate: Told['fate']) => all.filter((world) => world.fate === fate);

  test('removes nothing that lives, nothing of others, no home in use, and makes nothing twice', () => {
    const noticed = all.filter(({ fate }) => fate !== 'older, without a mark');
    expect(noticed.filter(({ wrong }) => wrong.length > 0).slice(0, 5)).toEqual([]);
  });

  test('removes no instance wrongly even where nobody can know that the database is an older one', () => {
    const unnoticed = of('older, without a mark').map(({ seed, wrong }) => ({
      seed,
      instances: wrong.filter((what) => what.startsWith('sb-')),
    }));
    expect(unnoticed.filter(({ instances }) => instances.length > 0).slice(0, 5)).toEqual([]);
  });

  test('removes what late calls left, where the database is the one it was', () => {
    const same = of('the same database');
    expect(same.reduce((sum, { removed }) => sum + removed, 0)).toBeGreaterThan(same.length / 4);
    expect(same.filter(({ left }) => left.length > 0 && left.length <= FEW).slice(0, 5)).toEqual([]);
    expect(same.filter(({ quarantined }) => quarantined)).toEqual([]);
  });

  test('knows an older database by the restore and by the mark, each time that something happened since', () => {
    expect(of('restored').every(({ quarantined }) => quarantined)).toBe(true);
    expect(of('older, with a mark').every(({ quarantined }) => quarantined)).toBe(true);
  });

  test('mostly knows one by the world alone', () => {
    const older = of('older, without a mark');
    expect(older.filter(({ quarantined }) => quarantined).length).toBeGreaterThan(older.length / 2);
  });

  test('does not stop a database that is new', () => {
    expect(of('emptied').some(({ quarantined }) => quarantined)).toBe(false);
    expect(of('emptied').reduce((sum, { removed }) => sum + removed, 0)).toBe(0);
  });
});
