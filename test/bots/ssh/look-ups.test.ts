// What keys may do is asked in turns, so that no flood of connections is one of questions to the database.
import { expect, test } from 'vitest';
import type { KeyView } from '../../../src/bots/ssh/directory.ts';
import { createLookUps } from '../../../src/bots/ssh/look-ups.ts';

const NOBODY: KeyView = { account: undefined, boxes: [] };
const SOMEBODY: KeyView = { account: { id: 'a', name: 'ana', timeZone: 'UTC' }, boxes: [] };
const here = new AbortController().signal;
const PATIENCE_MS = 20_000;

/** A directory that answers when it is told to; `asked` are the keys whose answers are open. */
function slowDirectory() {
  const open: { key: string; answer: (view: KeyView) => void }[] = [];
  return {
    asked: () => open.map(({ key }) => key),
    answer: (view: KeyView = NOBODY) => open.shift()?.answer(view),
    lookUp: (key: string) => new Promise<KeyView>((answer) => void open.push({ key, answer })),
  };
}

/** A turn of the event loop, in which all promises that can go on do. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('however often a key comes, one question is under way and one waits for all who asked after it began', async () => {
  const directory = slowDirectory();
  const lookUps = createLookUps(directory, PATIENCE_MS);
  const asker = { fingerprint: 'key', network: 'n' };
  const first = lookUps.of(asker, here);
  const later = Array.from({ length: 500 }, () => lookUps.of(asker, here));
  await settled();
  expect(directory.asked()).toEqual(['key']);
  directory.answer();
  await expect(first).resolves.toBe(NOBODY);
  await settled();
  expect(directory.asked()).toEqual(['key']);
  directory.answer(SOMEBODY);
  expect(new Set(await Promise.all(later))).toEqual(new Set([SOMEBODY]));
  expect(directory.asked()).toEqual([]);
});

test('strangers are asked about one at a time, of each network in turn; who is known does not wait for them', async () => {
  const directory = slowDirectory();
  const lookUps = createLookUps(directory, PATIENCE_MS);
  const ana = { fingerprint: 'ana', network: 'flood' };
  const known = lookUps.of(ana, here);
  directory.answer(SOMEBODY);
  await known;
  expect(lookUps.knows('ana')).toBe(true);
  const of = (network: string, count: number) =>
    Array.from({ length: count }, (_, n) => lookUps.of({ fingerprint: `${network}-${n}`, network }, here));
  const all = [...of('flood', 100), ...of('other', 1)];
  const anas = lookUps.of(ana, here);
  await settled();
  expect(directory.asked()).toEqual(['flood-0', 'ana']);
  directory.answer();
  await settled();
  directory.answer(SOMEBODY);
  await expect(anas).resolves.toBe(SOMEBODY);
  const order: string[] = [];
  while (order.length < 100) {
    await settled();
    const asked = directory.asked();
    expect(asked).toHaveLength(1);
    order.push(...asked);
    directory.answer();
  }
  await Promise.all(all);
  expect(order.indexOf('other-0')).toBeLessThan(2);
});

test('nothing is asked for those who have gone meanwhile', async () => {
  const directory = slowDirectory();
  const lookUps = createLookUps(directory, PATIENCE_MS);
  const leaving = new AbortController();
  const first = lookUps.of({ fingerprint: 'first', network: 'n' }, here);
  const left = lookUps.of({ fingerprint: 'left', network: 'n' }, leaving.signal);
  const last = lookUps.of({ fingerprint: 'last', network: 'n' }, here);
  leaving.abort();
  await expect(left).rejects.toMatchObject({ code: 'busy' });
  directory.answer();
  await first;
  await settled();
  expect(directory.asked()).toEqual(['last']);
  directory.answer();
  await last;
});

test('whoever waits too long is told that it is busy', async () => {
  const directory = slowDirectory();
  const lookUps = createLookUps(directory, 1);
  await expect(lookUps.of({ fingerprint: 'key', network: 'n' }, here)).rejects.toMatchObject({ code: 'busy' });
});

test('a key whose account and boxes are gone is a stranger’s again', async () => {
  const directory = slowDirectory();
  const lookUps = createLookUps(directory, PATIENCE_MS);
  for (const view of [SOMEBODY, NOBODY]) {
    const asked = lookUps.of({ fingerprint: 'key', network: 'n' }, here);
    directory.answer(view);
    await asked;
    expect(lookUps.knows('key')).toBe(view === SOMEBODY);
  }
});
