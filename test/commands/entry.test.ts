// What arrives is taken in unless it comes faster than anybody types, or would wait longer than is bearable.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEntry } from '../../src/commands/entry.ts';

function entryAt(): { entry: ReturnType<typeof createEntry>; pass: (ms: number) => void } {
  let nowMs = 1_000_000;
  return {
    entry: createEntry({ atOnce: 5, mostEach: 2, nowMs: () => nowMs }),
    pass: (ms) => {
      nowMs += ms;
    },
  };
}

test('whoever sends more than sixty a second for long is told the limit; others are not held up', () => {
  const { entry, pass } = entryAt();
  let taken = 0;
  while (entry.refusalFor('flooder') === undefined) taken += 1;
  expect(taken).toBe(1200);
  expect(entry.refusalFor('flooder')).toBe(
    'Too fast: 60 commands a second are the most for one person. Nothing was done for this one; send it again.',
  );
  expect(entry.refusalFor('somebody else')).toBeUndefined();
  pass(1000);
  taken = 0;
  while (entry.refusalFor('flooder') === undefined) taken += 1;
  expect(taken).toBe(60);
});

test('all who have no account have one limit together, lower than that of one person, and are told so', () => {
  const { entry, pass } = entryAt();
  const strangers = 'strangers:ssh:';
  let taken = 0;
  while (entry.refusalFor(strangers) === undefined) taken += 1;
  expect(taken).toBe(600);
  expect(entry.refusalFor(strangers)).toBe(
    'Too fast: 10 commands a second are the most for all who have no account yet. Nothing was done for this one; send it again.',
  );
  expect(entry.refusalFor('strangers:slack:T1')).toBeUndefined();
  expect(entry.refusalFor('somebody')).toBeUndefined();
  pass(1000);
  taken = 0;
  while (entry.refusalFor(strangers) === undefined) taken += 1;
  expect(taken).toBe(10);
});

test('never more is taken in than the burst and what the time since allows, however it comes', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(2000), fc.nat(400)), { maxLength: 20 }), (bursts) => {
      const { entry, pass } = entryAt();
      let taken = 0;
      let passedMs = 0;
      for (const [waitMs, count] of bursts) {
        pass(waitMs);
        passedMs += waitMs;
        for (let n = 0; n < count; n++) if (entry.refusalFor('flooder') === undefined) taken += 1;
        expect(taken).toBeLessThanOrEqual(1200 + (passedMs * 60) / 1000 + 1);
      }
    }),
  );
});

test('what was not done on the short way does not make commands look quicker than they are', async () => {
  const { entry, pass } = entryAt();
  for (let n = 0; n < 200; n++) {
    await entry.timed(
      async () => false,
      (answered) => answered,
    );
    await entry.timed(async () => pass(4000));
  }
  for (let n = 0; n < 160; n++) entry.waits('flooder');
  expect(entry.refusalFor('flooder')).toContain('160 commands of yours are ahead, about 5 minutes');
});

test('a wait of more than five minutes is refused with how many are ahead and how long that takes, and only to whom it concerns', async () => {
  const { entry, pass } = entryAt();
  // Commands take four seconds here.
  for (let n = 0; n < 200; n++)
    await entry.timed(async () => {
      pass(4000);
    });
  const done = Array.from({ length: 214 }, () => entry.waits('flooder'));
  expect(entry.refusalFor('flooder')).toBe(
    'Busy: 214 commands of yours are ahead, about 7 minutes. Nothing was done for this one; send it again then.',
  );
  expect(entry.refusalFor('somebody else')).toBeUndefined();
  // With four others waiting, each of one's own waits for one of each of theirs.
  for (const other of ['a', 'b', 'c', 'd']) entry.waits(other);
  expect(entry.refusalFor('flooder')).toContain('about 14 minutes');
  for (const one of done.slice(0, 190)) one();
  expect(entry.refusalFor('flooder')).toBeUndefined();
});
