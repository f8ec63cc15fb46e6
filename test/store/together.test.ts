// Sharing the database: what waits goes together, what fails fails alone, and turns are kept.
import { describe, expect, test } from 'vitest';
import { atOnce, rush, together } from '../../src/store/together.ts';

describe('together', () => {
  test('what comes while a run is under way goes into the next one, and each gets its own result', async () => {
    const runs: number[][] = [];
    const first = Promise.withResolvers<void>();
    const double = together(async (asked: readonly number[]) => {
      runs.push([...asked]);
      if (runs.length === 1) await first.promise;
      return asked.map((one) => one * 2);
    }, 10);
    const results = Promise.all([1, 2, 3].map(double));
    first.resolve();
    expect(await results).toEqual([2, 4, 6]);
    expect(runs).toEqual([[1], [2, 3]]);
    expect(await double(4)).toBe(8);
  });

  test('never takes more than it may at once', async () => {
    const sizes: number[] = [];
    const echo = together(async (asked: readonly number[]) => {
      sizes.push(asked.length);
      return asked;
    }, 2);
    expect(await Promise.all([1, 2, 3, 4, 5].map(echo))).toEqual([1, 2, 3, 4, 5]);
    expect(Math.max(...sizes)).toBe(2);
  });

  test('one that fails does not spoil those that went with it', async () => {
    const half = together(async (asked: readonly number[]) => {
      if (asked.some((one) => one % 2 === 1)) throw new Error('odd');
      return asked.map((one) => one / 2);
    }, 10);
    const outcomes = await Promise.allSettled([2, 3, 4, 6].map(half));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(await half(8)).toBe(4);
  });
});

describe('atOnce', () => {
  test('runs no more than it may at the same time, and hands turns on in order, after failures too', async () => {
    const inTurn = atOnce(2);
    const begun: number[] = [];
    let running = 0;
    let most = 0;
    const work = (place: number) =>
      inTurn('ana', async () => {
        begun.push(place);
        running += 1;
        most = Math.max(most, running);
        await Promise.resolve();
        running -= 1;
        if (place === 1) throw new Error('failed');
        return place;
      });
    const outcomes = await Promise.allSettled([0, 1, 2, 3, 4].map(work));
    expect(most).toBe(2);
    expect(begun).toEqual([0, 1, 2, 3, 4]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ]);
    expect(await work(5)).toBe(5);
  });

  test('keeps a place free of whoever asks for most, and all of theirs is done all the same', async () => {
    const inTurn = atOnce(3, 2);
    const gate = Promise.withResolvers<void>();
    const running = new Map<string, number>();
    let most = 0;
    const work = (asker: string) =>
      inTurn(asker, async () => {
        running.set(asker, (running.get(asker) ?? 0) + 1);
        most = Math.max(most, running.get('ana') ?? 0);
        await gate.promise;
        running.set(asker, (running.get(asker) ?? 1) - 1);
      });
    const anas = [0, 1, 2, 3, 4].map(() => work('ana'));
    const bens = [0, 1].map(() => work('ben'));
    await Promise.resolve();
    expect([running.get('ana'), running.get('ben')]).toEqual([2, 1]);
    gate.resolve();
    await Promise.all([...anas, ...bens]);
    expect(most).toBe(2);
    expect([running.get('ana'), running.get('ben')]).toEqual([0, 0]);
  });

  test('lets those who wait take turns, whoever asked for most', async () => {
    const inTurn = atOnce(1);
    const begun: string[] = [];
    const work = (asker: string, place: number) =>
      inTurn(asker, async () => {
        begun.push(`${asker} ${place}`);
      });
    await Promise.all([
      ...[0, 1, 2, 3].map((place) => work('ana', place)),
      ...[0, 1].map((place) => work('ben', place)),
      work('cem', 0),
    ]);
    expect(begun).toEqual(['ana 0', 'ana 1', 'ben 0', 'cem 0', 'ana 2', 'ben 1', 'ana 3']);
  });
});

describe('rush', () => {
  test('what can wait stands back until the last of it is over, failures too', async () => {
    const arrivals = rush();
    const first = Promise.withResolvers<void>();
    const second = Promise.withResolvers<void>();
    const told: string[] = [];
    const work = [first, second].map(({ promise }) => arrivals.during(() => promise).catch(() => told.push('failed')));
    const waited = arrivals.over(60_000).then(() => told.push('over'));
    first.reject(new Error('no'));
    await work[0];
    expect(told).toEqual(['failed']);
    second.resolve();
    await Promise.all([...work, waited]);
    expect(told).toEqual(['failed', 'over']);
  });

  test('does not wait when there is none, and never longer than it was told', async () => {
    const arrivals = rush();
    await arrivals.over(60_000);
    const never = Promise.withResolvers<void>();
    const work = arrivals.during(() => never.promise);
    await arrivals.over(1);
    never.resolve();
    await work;
  });
});
