// What is asked for while it goes on is done once more, at whatever moment it was asked for.
import { expect, test } from 'vitest';
import { onceMore } from '../../src/worker/once-more.ts';

/** Of the event loop's own queue, so that also the last moment of a run is met. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await undefined;
}

test('whenever it is asked for, it begins after that, never twice at a time, and once for all who ask meanwhile', async () => {
  for (let length = 0; length <= 3; length++) {
    for (let pause = 0; pause <= 12; pause++) {
      let begun = 0;
      let atOnce = 0;
      let most = 0;
      const work = onceMore(async () => {
        begun += 1;
        atOnce += 1;
        most = Math.max(most, atOnce);
        await turns(length);
        atOnce -= 1;
      });
      const first = work.run('one');
      await turns(pause);
      const before = begun;
      const asked = [work.run('one'), work.run('one'), work.run('one')];
      await Promise.all([first, ...asked]);
      expect({ length, pause, since: begun - before }).toEqual({ length, pause, since: expect.toBeOneOf([1, 2]) });
      expect(most).toBe(1);
    }
  }
});

test('nothing goes on once it is over, and what fails is begun anew by the next who asks', async () => {
  let fails = true;
  let done = 0;
  const work = onceMore<string>(async () => {
    await turns(2);
    if (fails) throw new Error('away');
    done += 1;
  });
  await expect(work.run('one')).rejects.toThrow('away');
  fails = false;
  void work.run('one');
  void work.run('two');
  await work.over();
  expect(done).toBe(2);
});
