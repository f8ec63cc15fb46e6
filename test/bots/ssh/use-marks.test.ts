// When it is noted that a box is used: often enough to know, and never more than once a minute.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createUseMarks, MARK_EVERY_MS, type UseMarks } from '../../../src/bots/ssh/use-marks.ts';

const START = new Date('2026-11-21T12:00:00Z');
let notes: { boxId: string; seconds: number }[];
let marks: UseMarks;

beforeEach(() => {
  vi.useFakeTimers({ now: START });
  notes = [];
  const note = (boxId: string, at: Date) =>
    void notes.push({ boxId, seconds: (at.getTime() - START.getTime()) / 1000 });
  marks = createUseMarks({ now: () => new Date(), note });
});
afterEach(() => {
  marks.close();
  vi.useRealTimers();
});

test('the first use is noted at once', () => {
  marks.mark('web');
  expect(notes).toEqual([{ boxId: 'web', seconds: 0 }]);
});

test('of many uses within a minute the last is noted when the minute is over, with its own time', () => {
  for (let second = 0; second < 50; second++) {
    marks.mark('web');
    vi.advanceTimersByTime(1_000);
  }
  expect(notes).toHaveLength(1);
  vi.advanceTimersByTime(10 * MARK_EVERY_MS);
  expect(notes.slice(1)).toEqual([{ boxId: 'web', seconds: 49 }]);
});

test('work without a pause is noted once a minute', () => {
  for (let second = 0; second < 600; second++) {
    marks.mark('web');
    vi.advanceTimersByTime(1_000);
  }
  expect(notes).toHaveLength(11);
  expect(notes.map(({ seconds }) => seconds)).toEqual(notes.map((_, minute) => (minute === 0 ? 0 : minute * 60 - 1)));
});

test('a single use is noted once, and the next one after a while at once', () => {
  marks.mark('web');
  vi.advanceTimersByTime(5 * MARK_EVERY_MS);
  marks.mark('web');
  expect(notes.map(({ seconds }) => seconds)).toEqual([0, 300]);
});

test('each box has a minute of its own', () => {
  marks.mark('web');
  marks.mark('db');
  expect(notes.map(({ boxId }) => boxId)).toEqual(['web', 'db']);
});

test('after the end nothing is noted any more', () => {
  marks.mark('web');
  marks.mark('web');
  marks.close();
  vi.advanceTimersByTime(5 * MARK_EVERY_MS);
  expect(notes).toHaveLength(1);
});
