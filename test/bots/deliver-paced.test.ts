// Delivery to a platform that takes only so much: edits give way, places that are found out late, tickets handed back.
import { expect, test } from 'vitest';
import { recordAnswered } from '../../src/store/answers.ts';
import { insertDeliveries, lockDelivery } from '../../src/store/deliveries.ts';
import { newId } from '../../src/store/ids.ts';
import { changeLights, lightThread } from '../../src/store/lights.ts';
import { queueMessage } from '../../src/store/threads.ts';
import { withSealedTicket } from '../../src/store/tickets.ts';
import { say } from '../../src/threads/reply.ts';
import { eventually } from '../support/eventually.ts';
import { NEVER_MS } from '../support/house.ts';
import { arrivalOf } from '../support/store.ts';
import { openDelivering } from './delivering.ts';
import { createScriptedDoor, textOf } from './scripted-door.ts';

const { store, secrets, deliverer } = await openDelivering();
let made = 0;
const newLane = () => `lane-${++made}`;
const newThread = (lane: string) => store.thread(`thread-${++made}`, lane);
const final = (threadId: string, text: string) =>
  queueMessage(store.db.tx, {
    threadId,
    kind: 'final',
    visibility: 'thread',
    body: { kind: 'reply', reply: say(text) },
  });
const allSent = (lane: string) =>
  eventually('all is sent', async () => {
    const [left] = await store.sql("SELECT 1 FROM messages WHERE lane = $1 AND (state <> 'sent' OR sent < wanted)", [
      lane,
    ]);
    return left === undefined;
  });
async function litThread(lane: string): Promise<{ threadId: string; boxId: string }> {
  const boxId = await store.box(await store.account(`owner-${++made}`), 'mybox');
  const threadId = await newThread(lane);
  await lightThread(store.db.tx, { threadId, boxId, owner: 'ana' });
  return { threadId, boxId };
}
async function stateBecomes(boxId: string, state: string): Promise<void> {
  await store.sql('UPDATE boxes SET state = $2 WHERE id = $1', [boxId, state]);
  await changeLights(store.db.tx, boxId);
}

test('what is over the burst goes later, all of it and in order', async () => {
  const door = createScriptedDoor({ burst: 2, everyMs: 40 });
  const lane = newLane();
  const threadId = await newThread(lane);
  for (const text of ['a', 'b', 'c', 'd']) await final(threadId, text);
  const started = performance.now();
  (await deliverer(door)).wake([lane]);
  await allSent(lane);
  expect(door.texts()).toEqual(['a', 'b', 'c', 'd']);
  expect(performance.now() - started).toBeGreaterThanOrEqual(79);
});

test('a flood by one person does not keep the answers to others waiting in the same channel', async () => {
  const door = createScriptedDoor({ burst: 1, everyMs: 20 });
  const lane = newLane();
  const [flooder, other] = [await store.account(`flooder-${++made}`), await store.account(`other-${++made}`)];
  const answer = async (accountId: string, text: string) =>
    queueMessage(store.db.tx, {
      threadId: await newThread(lane),
      accountId,
      kind: 'final',
      visibility: 'thread',
      body: { kind: 'reply', reply: say(text) },
    });
  for (let n = 0; n < 12; n++) await answer(flooder, `flood ${n}`);
  const delivering = await deliverer(door);
  delivering.wake([lane]);
  await eventually('the flood goes out', () => (door.asked.length >= 2 ? true : undefined));
  const before = door.asked.length;
  for (const text of ['one', 'two']) await answer(other, text);
  await allSent(lane);
  const [one = -1, two = -1] = ['one', 'two'].map((text) => door.texts().indexOf(text));
  // What was taken from the database before they came may go first, of what is left they are every second.
  expect(one - before).toBeLessThanOrEqual(2);
  expect(two - one).toBe(2);
  expect(door.texts().filter((text) => text.startsWith('flood'))).toEqual(
    Array.from({ length: 12 }, (_, n) => `flood ${n}`),
  );
});

test('an edit waits for its time and shows only the newest, and what is said goes past it', async () => {
  const door = createScriptedDoor({ burst: 100, everyMs: 300 });
  const lane = newLane();
  const { threadId, boxId } = await litThread(lane);
  const elsewhere = await newThread(lane);
  const delivering = await deliverer(door);
  delivering.wake([lane]);
  await allSent(lane);
  await stateBecomes(boxId, 'provisioning');
  delivering.wake([lane]);
  await allSent(lane);
  await stateBecomes(boxId, 'running');
  await stateBecomes(boxId, 'stopping');
  await final(elsewhere, 'done');
  delivering.wake([lane]);
  await eventually('the final is sent', async () => door.texts().includes('done'));
  await stateBecomes(boxId, 'stopped');
  await allSent(lane);
  expect(door.texts()).toEqual(['requested', 'provisioning', 'done', 'stopped']);
  expect(
    new Set(door.asked.filter((message) => message.thread.id === threadId).map((message) => message.id)).size,
  ).toBe(1);
});

test('what is said in the thread of an edit has the edit go first, at once', async () => {
  const door = createScriptedDoor({ burst: 100, everyMs: NEVER_MS });
  const lane = newLane();
  const { threadId, boxId } = await litThread(lane);
  const delivering = await deliverer(door);
  delivering.wake([lane]);
  await allSent(lane);
  for (const state of ['provisioning', 'running']) {
    await stateBecomes(boxId, state);
    await final(threadId, `after ${state}`);
    delivering.wake([lane]);
    await allSent(lane);
  }
  expect(door.texts()).toEqual(['requested', 'provisioning', 'after provisioning', 'running', 'after running']);
});

test('a thread has one light, and a box that is destroyed is shown so', async () => {
  const lane = newLane();
  const { threadId, boxId } = await litThread(lane);
  await lightThread(store.db.tx, { threadId, boxId, owner: 'ben' });
  await stateBecomes(boxId, 'running');
  const door = createScriptedDoor();
  (await deliverer(door)).wake([lane]);
  await allSent(lane);
  expect(door.asked.map((message) => message.body)).toMatchObject([
    { kind: 'light', light: { box: 'mybox', owner: 'ana', state: 'running' } },
  ]);
});

test('a thread whose place is given with its first message is there for the next one, and for who speaks in it', async () => {
  const door = createScriptedDoor();
  const lane = newLane();
  const threadId = await newThread(lane);
  const place = { key: `channel:${lane}`, address: { channel: 'C1', root: '17.1' } };
  door.script(async (message) => ({ kind: 'sent', platformId: message.id, place }));
  await final(threadId, 'first');
  await final(threadId, 'second');
  (await deliverer(door)).wake([lane]);
  await allSent(lane);
  expect(door.asked.map((message) => message.thread.address)).toEqual([expect.anything(), place.address]);
  expect(await store.thread(place.key, lane)).toBe(threadId);
});

test('a thread that somebody spoke in before its place was noted gets the box too', async () => {
  const door = createScriptedDoor();
  const lane = newLane();
  const { threadId, boxId } = await litThread(lane);
  await store.sql('UPDATE threads SET box_id = $2 WHERE id = $1', [threadId, boxId]);
  const key = `channel:${lane}`;
  const spoken = await store.thread(key, lane);
  door.script(async (message) => ({ kind: 'sent', platformId: message.id, place: { key, address: { root: '17.1' } } }));
  (await deliverer(door)).wake([lane]);
  await allSent(lane);
  expect(await store.thread(key, lane)).toBe(spoken);
  const boxes = await store.sql<{ box_id: string }>('SELECT box_id FROM threads WHERE id IN ($1, $2)', [
    threadId,
    spoken,
  ]);
  expect(boxes.map((row) => row.box_id)).toEqual([boxId, boxId]);
});

test('an answer comes with who asked, and with their ticket, which the database does not show', async () => {
  const door = createScriptedDoor();
  const lane = newLane();
  const arrival = arrivalOf('ana', `asked-${lane}`, 'list', lane);
  const ticket = 'https://hooks.example/secret-9f';
  const [written] = await insertDeliveries(store.db.tx, [withSealedTicket({ ...arrival, ticket }, secrets)]);
  await store.db.transaction(async (tx) => {
    const delivery = await lockDelivery(tx, written?.delivery ?? '');
    if (delivery === undefined) throw new Error('the delivery is away');
    const asked = {
      id: newId(),
      deliveryId: delivery.id,
      ordinal: 0,
      accountId: undefined,
      verb: 'list',
      threadId: delivery.thread.id,
    };
    await recordAnswered(tx, { ...asked, visibility: 'private' }, say('none'), true);
  });
  (await deliverer(door)).wake([lane]);
  await allSent(lane);
  expect(door.asked.map((message) => message.asker)).toEqual([
    { subject: 'ana', display: 'ana', ticket, askedAt: expect.any(Date) },
  ]);
  const [row] = await store.sql<{ all: string }>('SELECT d::text AS all FROM deliveries d WHERE delivery_id = $1', [
    arrival.deliveryId,
  ]);
  expect(row?.all).not.toContain(Buffer.from('secret-9f').toString('hex'));
});

test('a notice about a box comes with the name that its owner has in that door', async () => {
  const door = createScriptedDoor();
  const lane = newLane();
  const person = `owner-${++made}`;
  const accountId = await store.account(person);
  const threadId = await newThread(lane);
  const body = { kind: 'notice', reply: say('mybox stops soon') } as const;
  await queueMessage(store.db.tx, { threadId, accountId, kind: 'notice', visibility: 'private', body });
  (await deliverer(door)).wake([lane]);
  await allSent(lane);
  expect(door.asked.map((message) => message.asker)).toEqual([
    { subject: person, display: person, ticket: undefined, askedAt: undefined },
  ]);
  expect(door.asked.map(textOf)).toEqual(['mybox stops soon']);
});
