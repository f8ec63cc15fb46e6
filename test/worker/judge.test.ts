// What counts as use between two looks at a box, and the reason that people read.
import { describe, expect, test } from 'vitest';
import type { Observation, ObservedProcess } from '../../src/providers/observed.ts';
import { judge } from '../../src/worker/judge.ts';

const MINUTE_MS = 60_000;
const limits = { cpuPercent: 5, trafficKibPerMinute: 10, intervalMs: MINUTE_MS };
const process = (command: string, cpuMs: number, more: Partial<ObservedProcess> = {}): ObservedProcess => ({
  pid: 40,
  key: command,
  command,
  cpuMs,
  ours: false,
  holds: false,
  ...more,
});
const seen = (more: Partial<Observation> = {}): Observation => ({
  startedAtMs: 1,
  cpuMs: 0,
  trafficBytes: 0,
  processes: [],
  ...more,
});
const between = (before: Observation, after: Observation, elapsedMs = MINUTE_MS, sessionUsed = false) =>
  judge({ atMs: 0, observation: before }, { atMs: elapsedMs, observation: after }, sessionUsed, limits);

describe('a box is in use', () => {
  test('from 5 % of one core on, and the busiest program is named', () => {
    const after = (cpuMs: number) =>
      seen({ cpuMs, processes: [process('pytest', cpuMs - 10), process('vim', 10, { key: 'vim' })] });
    expect(between(seen(), after(3000))).toMatchObject({ activity: 'active', why: 'pytest (pid 40), CPU 5.0 %' });
    expect(between(seen(), after(2900))).toMatchObject({ activity: 'idle' });
  });

  test('also by programs that came and went between the looks', () => {
    expect(between(seen(), seen({ cpuMs: 40_000 }))).toMatchObject({
      activity: 'active',
      why: 'programs that have ended, CPU 67 %',
    });
  });

  test('not by what is ours', () => {
    const sshd = seen({ cpuMs: 30_000, processes: [process('sshd', 30_000, { ours: true })] });
    expect(between(seen(), sshd)).toMatchObject({ activity: 'idle' });
  });

  test('from 10 KiB a minute on', () => {
    expect(between(seen(), seen({ trafficBytes: 10 * 1024 }))).toMatchObject({
      activity: 'active',
      why: '10 KiB a minute over the network',
    });
    expect(between(seen(), seen({ trafficBytes: 10 * 1024 - 1 }))).toMatchObject({ activity: 'idle' });
  });

  test('by its other figures alone where its network is not counted, or was not until now', () => {
    const uncounted = seen({ trafficBytes: undefined });
    for (const [before, after] of [
      [uncounted, uncounted],
      [uncounted, seen({ trafficBytes: 1e9 })],
      [seen({ trafficBytes: 1e9 }), uncounted],
    ] as const)
      expect(between(before, after)).toMatchObject({
        activity: 'idle',
        why: 'no session, CPU 0.0 %, network not counted',
      });
    expect(between(uncounted, { ...uncounted, cpuMs: 3000 })).toMatchObject({ activity: 'active' });
  });

  test('by typing at a terminal, also at one that is new, and not by a terminal that was closed', () => {
    const typed = (typedAtMs?: number) => seen({ typedAtMs });
    const active = { activity: 'active', why: 'somebody typed at a terminal' };
    expect(between(typed(5000), typed(13_000))).toMatchObject(active);
    expect(between(typed(), typed(13_000))).toMatchObject(active);
    for (const [before, after] of [
      [typed(5000), typed(5000)],
      [typed(5000), typed(3000)],
      [typed(5000), typed()],
    ] as const)
      expect(between(before, after)).toMatchObject({ activity: 'idle' });
  });

  test('by a session, and by a command under shellbox-hold, also by one that has just ended', () => {
    const held = seen({ processes: [process('shellbox-hold', 0, { holds: true })] });
    expect(between(seen(), seen(), MINUTE_MS, true)).toMatchObject({ activity: 'active', why: 'a session is in use' });
    expect(between(seen(), held)).toMatchObject({ activity: 'active', reason: 'hold' });
    expect(between(held, seen())).toMatchObject({ activity: 'active', reason: 'hold' });
  });
});

test('a gap hides no burst: what one interval would allow is all that a longer one allows', () => {
  expect(between(seen(), seen({ cpuMs: 3500 }), 60 * MINUTE_MS)).toMatchObject({ activity: 'active' });
  expect(between(seen(), seen({ cpuMs: 2500 }), 60 * MINUTE_MS)).toMatchObject({ activity: 'idle' });
});

test('two looks a moment apart are not taken for a flood', () => {
  expect(between(seen(), seen({ cpuMs: 200, trafficBytes: 1500 }), 500)).toMatchObject({ activity: 'idle' });
  expect(between(seen(), seen({ cpuMs: 2000 }), 2000)).toMatchObject({ activity: 'active' });
});

test('a box that was started between the looks is not judged by its new counters', () => {
  expect(between(seen({ cpuMs: 9000 }), seen({ startedAtMs: 2, cpuMs: 100 }))).toBeUndefined();
});

test('what a program calls itself is shown short, on one line, with nothing that acts', () => {
  const name = `evil\u001b[31m\nname${'x'.repeat(100)}`;
  const why = between(seen(), seen({ cpuMs: 9000, processes: [process(name, 9000)] }))?.why ?? '';
  expect(why).toMatch(/^[\x20-\x7e…]+$/);
  expect(why.length).toBeLessThan(80);
});
