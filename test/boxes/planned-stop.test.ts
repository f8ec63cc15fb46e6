// When a box stops: never before it was idle for its time, never before what was extended or promised, and how people read it.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ACTIVITIES, type Life, plannedStop, stopHabit, stopsSoon, warnLeadMs } from '../../src/boxes/planned-stop.ts';

const MINUTE_MS = 60_000;
const NOON = Date.UTC(2026, 5, 1, 12);
const rules = { unknownMinutes: 1440, lifetimeMinutes: null, warnMinutes: 10 };
const instant = fc.integer({ min: NOON - 1e9, max: NOON + 1e9 }).map((ms) => new Date(ms));
const minutes = fc.integer({ min: 1, max: 10_000 });
const life: fc.Arbitrary<Life> = fc.record({
  activity: fc.constantFrom(...ACTIVITIES),
  activitySince: fc.option(instant),
  idleMinutes: fc.option(minutes),
  extendedUntil: fc.option(instant),
  runningSince: instant,
  warnedAt: fc.option(instant),
});

describe('the planned stop', () => {
  test('of an idle box is its idle time after it became so', () => {
    const since = new Date(NOON);
    const idle = {
      activity: 'idle',
      activitySince: since,
      idleMinutes: 60,
      extendedUntil: null,
      runningSince: since,
      warnedAt: null,
    } as const;
    expect(plannedStop(idle, rules)).toEqual({ at: new Date(NOON + 60 * MINUTE_MS), cause: 'idle' });
    expect(plannedStop({ ...idle, activity: 'unknown' }, rules)).toEqual({
      at: new Date(NOON + 1440 * MINUTE_MS),
      cause: 'unknown',
    });
  });

  test('is none for a box in use, one that was not judged yet, and one that never stops', () => {
    fc.assert(
      fc.property(life, (any) => {
        expect(plannedStop({ ...any, activity: 'active' }, rules)).toBeUndefined();
        expect(plannedStop({ ...any, activitySince: null }, rules)).toBeUndefined();
        expect(plannedStop({ ...any, idleMinutes: null }, rules)).toBeUndefined();
      }),
    );
  });

  test('is never before the idle time, what was extended, or what a warning promised', () => {
    fc.assert(
      fc.property(life, (any) => {
        const stop = plannedStop(any, rules);
        if (stop === undefined) return;
        const earliest = [
          (any.activitySince?.getTime() ?? 0) + (any.idleMinutes ?? 0) * MINUTE_MS,
          any.extendedUntil?.getTime() ?? 0,
          any.warnedAt === null ? 0 : any.warnedAt.getTime() + warnLeadMs(any.idleMinutes, rules),
        ];
        expect(stop.at.getTime()).toBe(
          Math.max(
            ...earliest,
            (any.activitySince?.getTime() ?? 0) + (any.activity === 'unknown' ? 1440 * MINUTE_MS : 0),
          ),
        );
      }),
    );
  });

  test('comes no later than the lifetime that the operator sets, whatever was extended', () => {
    fc.assert(
      fc.property(life, minutes, (any, lifetimeMinutes) => {
        const stop = plannedStop({ ...any, warnedAt: null }, { ...rules, lifetimeMinutes });
        expect(stop?.at.getTime()).toBeLessThanOrEqual(any.runningSince.getTime() + lifetimeMinutes * MINUTE_MS);
      }),
    );
  });

  test('is announced ten minutes before, of a box with a short idle time half of that', () => {
    expect([60, 20, 6, null].map((idle) => warnLeadMs(idle, rules) / MINUTE_MS)).toEqual([10, 10, 3, 10]);
  });
});

test('people read when a box stops: its habit, and soon its minutes', () => {
  expect([60, 120, 90, null].map(stopHabit)).toEqual([
    'Stops after 60 idle minutes',
    'Stops after 2 idle hours',
    'Stops after 90 idle minutes',
    'Runs until you stop it',
  ]);
  const at = (ms: number, state = 'running') =>
    stopsSoon({ state, stopAt: new Date(NOON + ms), warnedAt: new Date(NOON), idleMinutes: 60 }, new Date(NOON), rules);
  expect([at(8 * MINUTE_MS), at(-5), at(61 * MINUTE_MS), at(MINUTE_MS, 'stopped')]).toEqual([
    'stops in 8 min',
    'stops in 1 min',
    undefined,
    undefined,
  ]);
  // What is overdue and was not announced is announced first.
  const overdue = { state: 'running', stopAt: new Date(NOON - 5 * 3_600_000), warnedAt: null, idleMinutes: 60 };
  expect(stopsSoon(overdue, new Date(NOON), rules)).toBe('stops in 10 min');
});
