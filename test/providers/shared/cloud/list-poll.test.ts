// One list call for all who wait for something in it.
import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { ProviderError } from '../../../../src/providers/provider.ts';
import { createListPoll } from '../../../../src/providers/shared/cloud/list-poll.ts';
import { createTestClock, type TestClock } from '../../../fakes/cloud/test-clock.ts';

const INTERVAL_MS = 1500;

/** Lists that the test answers one by one. */
function scriptedList() {
  const lists: { resolve(items: string[]): void; reject(error: Error): void; signal: AbortSignal }[] = [];
  const load = ({ signal }: { signal: AbortSignal }) =>
    new Promise<readonly string[]>((resolve, reject) => void lists.push({ resolve, reject, signal }));
  return {
    load,
    count: () => lists.length,
    newest() {
      const last = lists.at(-1);
      if (last === undefined) throw new Error('No list was asked for.');
      return last;
    },
  };
}

describe('the poll of a list', () => {
  const never = new AbortController().signal;
  let clock: TestClock;
  let list: ReturnType<typeof scriptedList>;
  const open = () => createListPoll(list.load, { intervalMs: INTERVAL_MS, failures: 3, clock });
  const later = async () => {
    clock.advance(INTERVAL_MS);
    await turn();
  };
  beforeEach(() => {
    clock = createTestClock();
    list = scriptedList();
  });

  it('asks once for all who wait, and gives each what it looked for', async () => {
    const poll = open();
    const found = Promise.all(['a', 'b'].map((name) => poll.until((all) => all.find((one) => one === name), never)));
    await turn();
    expect(list.count()).toBe(1);
    list.newest().resolve(['a', 'b']);
    expect(await found).toEqual(['a', 'b']);
  });

  it('gives nobody a list that was begun before they came', async () => {
    const poll = open();
    const first = poll.look(never);
    await turn();
    const second = poll.look(never);
    list.newest().resolve(['old']);
    expect(await first).toEqual(['old']);
    await later();
    list.newest().resolve(['new']);
    expect(await second).toEqual(['new']);
    expect(list.count()).toBe(2);
  });

  it('asks again after longer and longer pauses while somebody waits, and then no more', async () => {
    const poll = open();
    const found = poll.until((all) => all[0], never);
    await turn();
    list.newest().resolve([]);
    await turn();
    const pauses: number[] = [];
    for (let time = 0; time < 8; time++) {
      pauses.push(...clock.waits());
      await later();
      list.newest().resolve([]);
      await turn();
    }
    expect(pauses.slice(0, 3)).toEqual([100, 150, 225]);
    expect(pauses.at(-1)).toBe(INTERVAL_MS);
    await later();
    list.newest().resolve(['a']);
    expect(await found).toBe('a');
    await later();
    expect(list.count()).toBe(10);
    expect(clock.waits()).toEqual([]);
  });

  it('looks at once for whoever comes, however long the others have waited', async () => {
    const poll = open();
    const slow = new AbortController();
    const long = poll.until(() => undefined, slow.signal);
    await turn();
    for (let time = 0; time < 8; time++) {
      list.newest().resolve([]);
      await turn();
      await later();
    }
    list.newest().resolve([]);
    await turn();
    const before = list.count();
    const look = poll.look(never);
    await turn();
    expect(list.count()).toBe(before + 1);
    list.newest().resolve(['now']);
    expect(await look).toEqual(['now']);
    slow.abort(new Error('enough'));
    await expect(long).rejects.toThrow('enough');
  });

  it('gives a failure to those who wait only when it comes again and again', async () => {
    const poll = open();
    const outcome = expect(poll.look(never)).rejects.toThrow('third');
    await turn();
    for (const text of ['first', 'second', 'third']) {
      list.newest().reject(new ProviderError('unavailable', text));
      await turn();
      await later();
    }
    await outcome;
    expect(list.count()).toBe(3);
  });

  it('forgets failures once a list comes', async () => {
    const poll = open();
    const found = poll.until((all) => all[0], never);
    await turn();
    for (const outcome of ['x', 'x', '', 'x', 'x', 'a']) {
      if (outcome === 'x') list.newest().reject(new ProviderError('timeout', outcome));
      else list.newest().resolve(outcome === '' ? [] : [outcome]);
      await turn();
      await later();
    }
    expect(await found).toBe('a');
  });

  it('gives refused log-ins to those who wait at once', async () => {
    const outcome = expect(open().look(never)).rejects.toMatchObject({ code: 'credentials' });
    await turn();
    list.newest().reject(new ProviderError('credentials', 'no'));
    await outcome;
  });

  it('waits as long as the vendor asks for', async () => {
    void open().look(never);
    await turn();
    list.newest().reject(new ProviderError('rate_limited', 'slowly', { retryAfterMs: 9000 }));
    await turn();
    expect(clock.waits()).toEqual([9000]);
  });

  it('ends for one whose signal is aborted, and stops the list when that was the last', async () => {
    const poll = open();
    const [one, other] = [new AbortController(), new AbortController()];
    const looks = [one, other].map(({ signal }) => poll.look(signal));
    await turn();
    one.abort(new Error('enough'));
    await expect(looks[0]).rejects.toThrow('enough');
    expect(list.newest().signal.aborted).toBe(false);
    other.abort(new Error('me too'));
    await expect(looks[1]).rejects.toThrow('me too');
    expect(list.newest().signal.aborted).toBe(true);
  });

  it('gives what a waiter throws to that waiter alone', async () => {
    const poll = open();
    const bad = poll.until(() => {
      throw new Error('mine');
    }, never);
    const good = poll.look(never);
    await turn();
    list.newest().resolve(['a']);
    await expect(bad).rejects.toThrow('mine');
    expect(await good).toEqual(['a']);
  });
});
