// How fast an account's requests go out, and what is said of it.
import { beforeEach, describe, expect, it } from 'vitest';
import { createPace } from '../../../../src/providers/shared/cloud/pace.ts';
import { rateHeaders } from '../../../../src/providers/shared/cloud/rate-headers.ts';
import { createTestClock, type TestClock } from '../../../fakes/cloud/test-clock.ts';

const MINUTE_MS = 60_000;

describe('the pace of an account', () => {
  let clock: TestClock;
  const told = (remaining: number, limit: number | undefined = 5000) => ({
    limit,
    remaining,
    resetAtMs: clock.nowMs() + MINUTE_MS,
    retryAfterMs: undefined,
  });
  beforeEach(() => {
    clock = createTestClock();
  });

  it('lets everything through at once while there is enough left', () => {
    const pace = createPace(clock);
    pace.heard(told(4000));
    expect([pace.take(), pace.take(), pace.take()]).toEqual([0, 0, 0]);
    expect(pace.slowed()).toBeUndefined();
  });

  it('spreads what is left over the time until there is more, and says until when', () => {
    const pace = createPace(clock);
    pace.heard(told(99));
    expect(pace.take()).toBe(0);
    const waitMs = pace.take();
    expect(waitMs).toBeGreaterThan(500);
    expect(waitMs).toBeLessThan(700);
    expect(pace.slowed()).toEqual({ how: 'spread', untilMs: clock.nowMs() + MINUTE_MS });
    clock.advance(waitMs);
    expect(pace.take()).toBe(0);
  });

  it('knows what is little where no limit is told', () => {
    const pace = createPace(clock);
    pace.heard({ ...told(20), limit: undefined });
    pace.take();
    expect(pace.take()).toBeGreaterThan(0);
  });

  it('keeps nobody for long because others come behind, though nothing is left', () => {
    const pace = createPace(clock);
    pace.heard(told(0));
    pace.take();
    expect(pace.take()).toBe(5000);
  });

  it('is at full speed again once the window is over', () => {
    const pace = createPace(clock);
    pace.heard(told(1));
    pace.take();
    clock.advance(MINUTE_MS);
    expect([pace.take(), pace.take()]).toEqual([0, 0]);
    expect(pace.slowed()).toBeUndefined();
  });

  it('rests for all, and goes on gently', () => {
    const pace = createPace(clock);
    pace.rest(3000);
    pace.rest(1000);
    expect(pace.take()).toBe(3000);
    expect(pace.slowed()).toEqual({ how: 'resting', untilMs: clock.nowMs() + 3000 });
    clock.advance(3000);
    expect([pace.take(), pace.take()]).toEqual([0, 200]);
    clock.advance(MINUTE_MS);
    expect([pace.take(), pace.take()]).toEqual([0, 0]);
  });
});

describe('the headers of a rate limit', () => {
  const now = Date.UTC(2026, 0, 1);
  const read = (headers: Record<string, string>) => rateHeaders(new Headers(headers), now);

  it('may say the end of the window as a moment or in seconds', () => {
    expect(read({ 'ratelimit-reset': String(now / 1000 + 60) }).resetAtMs).toBe(now + MINUTE_MS);
    expect(read({ 'x-ratelimit-reset': '60' }).resetAtMs).toBe(now + MINUTE_MS);
  });
  it('may say the rest in seconds or as a date', () => {
    expect(read({ 'retry-after': '7' }).retryAfterMs).toBe(7000);
    expect(read({ 'retry-after': new Date(now + 9000).toUTCString() }).retryAfterMs).toBe(9000);
    expect(read({ 'retry-after': new Date(now - 9000).toUTCString() }).retryAfterMs).toBe(0);
  });
  it('say nothing where they are missing or nonsense', () => {
    const nothing = { limit: undefined, remaining: undefined, resetAtMs: undefined, retryAfterMs: undefined };
    expect(read({})).toEqual(nothing);
    expect(read({ 'retry-after': 'soon', 'ratelimit-remaining': '-1', 'ratelimit-limit': '' })).toEqual(nothing);
  });
});
