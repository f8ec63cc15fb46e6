// Many at the same moment: one winner, clear answers, exactly one final for each command, and never an illegal state in between.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { insertDelivery } from '../../src/store/deliveries.ts';
import type { Arrival } from '../../src/threads/arrival.ts';
import { eventually } from '../support/eventually.ts';
import { type Asked, openTestHouse, type TestHouse } from '../support/house.ts';
import { illegalTransitions, watchTransitions } from '../support/transitions.ts';

const ROUNDS = 10;

let house: TestHouse;
beforeAll(async () => {
  house = await openTestHouse();
  await house.addBots();
  await house.startWorker();
  await watchTransitions(house.sql);
});
afterAll(async () => {
  await house.close();
});

const boxesOf = (person: string) =>
  house.sql<{ name: string; state: string; id: string }>(
    'SELECT b.name, b.state, b.id FROM boxes b JOIN accounts a ON a.id = b.account_id WHERE a.name = $1 ORDER BY b.created_at',
    [person],
  );
const finalsIn = (thread: string) => house.chat.messages(thread).filter((message) => message.kind === 'final').length;
const everyone = (name: string) => Array.from({ length: ROUNDS }, (_, round) => `${name}-${round}`);
/** All of these at once; resolves with the answers. */
const together = async (asks: readonly Promise<Asked>[]) => {
  const asked = await Promise.all(asks);
  const answers = await Promise.all(asked.map((one) => one.answer));
  return { threads: asked.map((one) => one.thread), answers };
};

describe('spinup', () => {
  test('of one name twice at the same moment makes one box and gives two clear answers', async () => {
    await Promise.all(
      everyone('twin').map(async (person) => {
        // Not new: signing up alone would let one go before the other.
        await house.say(person, 'list');
        const lines = ['spinup mybox', 'spinup mybox'];
        const { answers } = await together(lines.map((line) => house.ask(person, line)));
        for (const answer of answers) expect(answer).toMatch(/mybox is ready|you have it already/);
        expect(answers.join()).toContain('mybox is ready');
        expect(await boxesOf(person)).toMatchObject([{ name: 'mybox', state: 'running' }]);
      }),
    );
  });

  test('of one name by two people makes two boxes', async () => {
    const { answers } = await together([house.ask('mia', 'spinup same'), house.ask('max', 'spinup same')]);
    for (const answer of answers) expect(answer).toContain('same is ready');
    const [[mias], [maxs]] = await Promise.all([boxesOf('mia'), boxesOf('max')]);
    expect(mias?.id).not.toBe(maxs?.id);
    const boxIds = house.cloud.ledger.instances().map((instance) => instance.boxId);
    expect(boxIds).toEqual(expect.arrayContaining([mias?.id, maxs?.id]));
  });

  test('twenty times at once by a free account makes one box, and refuses the others clearly', async () => {
    await house.say('greedy', 'list');
    const asks = Array.from({ length: 20 }, (_, index) => house.ask('greedy', `spinup box-${index}`));
    const { answers } = await together(asks);
    expect(answers.filter((answer) => answer.includes('is ready'))).toHaveLength(1);
    const refused = answers.filter((answer) => /1 of 1 free box is used[\s\S]*destroy box-\d+/.test(answer));
    expect(refused).toHaveLength(19);
    expect(await boxesOf('greedy')).toHaveLength(1);
    const [made] = await boxesOf('greedy');
    const calls = house.cloud.ledger.history().filter((event) => event.call?.verb === 'create');
    expect(calls.filter((call) => call.subject === made?.id)).toHaveLength(1);
  });
});

describe('destroy', () => {
  test.each(['start', 'stop'])('wins against %s at the same moment, and both are answered once', async (verb) => {
    await Promise.all(
      everyone(`ends-${verb}`).map(async (person, round) => {
        await house.say(person, 'spinup mybox');
        if (verb === 'start') await house.say(person, 'stop mybox');
        const lines = [`${verb} mybox`, 'destroy mybox --yes'];
        if (round % 2 === 0) lines.reverse();
        const { threads } = await together(lines.map((line) => house.ask(person, line)));
        expect(await boxesOf(person)).toMatchObject([{ name: 'mybox', state: 'destroyed' }]);
        expect(threads.map(finalsIn)).toEqual([1, 1]);
      }),
    );
  });

  test('cancels a spinup that is under way: both commands get their one final, and nothing is left', async () => {
    const gate = house.hold('create');
    const spinup = await house.ask('ann', 'spinup ann-box');
    await gate.reached;
    const destroy = await house.ask('ann', 'destroy ann-box --yes');
    expect(await spinup.answer).toMatch(/spinup was cancelled, because destroy was asked/);
    expect(await destroy.answer).toContain('ann-box is destroyed');
    gate.open();
    await house.cloud.settled();
    expect([finalsIn(spinup.thread), finalsIn(destroy.thread)]).toEqual([1, 1]);
    const [box] = await boxesOf('ann');
    expect(box?.state).toBe('destroyed');
    expect(house.cloud.ledger.instances().filter((instance) => instance.boxId === box?.id)).toEqual([]);
    expect(house.cloud.ledger.homes().filter((home) => home.boxId === box?.id)).toEqual([]);
  });

  test('twice at once is one job with two answers', async () => {
    await house.say('tom', 'spinup toms-box');
    const gate = house.hold('destroy');
    const first = await house.ask('tom', 'destroy toms-box --yes');
    await gate.reached;
    const second = await house.ask('tom', 'destroy toms-box --yes');
    await eventually('the second waits too', async () => {
      const waiting = await house.sql(`SELECT 1 FROM commands WHERE verb = 'destroy' AND finished_at IS NULL`);
      return waiting.length === 2;
    });
    gate.open();
    expect(await first.answer).toContain('toms-box is destroyed');
    expect(await second.answer).toContain('toms-box is destroyed');
    const [box] = await boxesOf('tom');
    expect(await house.sql(`SELECT 1 FROM jobs WHERE kind = 'destroy' AND box_id = $1`, [box?.id])).toHaveLength(1);
  });
});

describe('a command about a box that is being worked on', () => {
  test('is refused when it is another verb, naming what is running', async () => {
    const gate = house.hold('create');
    const spinup = await house.ask('liz', 'spinup liz-box');
    await gate.reached;
    expect(await house.say('liz', 'stop liz-box')).toMatch(/liz-box is being made[\s\S]*logs liz-box/);
    gate.open();
    expect(await spinup.answer).toContain('liz-box is ready');
    expect(await boxesOf('liz')).toMatchObject([{ state: 'running' }]);

    const stopping = house.hold('stop');
    const stop = await house.ask('liz', 'stop liz-box');
    await stopping.reached;
    expect(await house.say('liz', 'start liz-box')).toMatch(/liz-box is stopping/);
    stopping.open();
    expect(await stop.answer).toContain('liz-box is stopped');
  });

  test('joins the same verb: one job, an answer for each', async () => {
    await house.say('joe', 'spinup joe-box');
    await house.say('joe', 'stop joe-box');
    const gate = house.hold('start');
    const first = await house.ask('joe', 'start joe-box');
    await gate.reached;
    const second = await house.ask('joe', 'start joe-box');
    await eventually('both wait', async () => {
      const waiting = await house.sql(`SELECT 1 FROM commands WHERE verb = 'start' AND finished_at IS NULL`);
      return waiting.length === 2;
    });
    gate.open();
    expect(await first.answer).toContain('joe-box is running');
    expect(await second.answer).toContain('joe-box is running');
    const [box] = await boxesOf('joe');
    expect(await house.sql(`SELECT 1 FROM jobs WHERE kind = 'start' AND box_id = $1`, [box?.id])).toHaveLength(1);
  });
});

describe('one delivery', () => {
  const arrival = (person: string, id: string, text: string): Arrival => ({
    door: 'chat',
    tenant: 'team',
    deliveryId: id,
    thread: { key: id, address: { thread: id }, lane: `chat:${person}` },
    speaker: { door: 'chat', tenant: 'team', subject: person, display: person },
    text,
    interactive: false,
  });
  /** To every bots process, twice each, at the same moment. */
  const deliverEverywhere = (what: Arrival) =>
    Promise.all(
      [...house.chat.listeners(), ...house.chat.listeners()].map(async (url) => {
        const headers = { 'content-type': 'application/json' };
        const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(what) });
        expect(answer.status).toBe(200);
      }),
    );

  test('four times, at two dispatchers at once, is one command with one answer', async () => {
    expect(house.chat.listeners()).toHaveLength(2);
    await Promise.all(
      everyone('dup').map(async (person) => {
        await deliverEverywhere(arrival(person, `once-${person}`, 'spinup mybox'));
        await eventually('an answer', () => finalsIn(`once-${person}`) > 0);
        expect(await boxesOf(person)).toHaveLength(1);
      }),
    );
    const recorded = await house.sql<{ commands: number; finals: number }>(
      `SELECT count(DISTINCT c.id)::int AS commands, count(r.id)::int AS finals FROM deliveries d
       JOIN commands c ON c.delivery_id = d.id LEFT JOIN replies r ON r.command_id = c.id AND r.kind = 'final'
       WHERE d.delivery_id LIKE 'once-dup-%'`,
    );
    expect(recorded).toEqual([{ commands: ROUNDS, finals: ROUNDS }]);
    for (const person of everyone('dup')) expect(finalsIn(`once-${person}`)).toBe(1);
  });

  test('with many lines runs each line once and in order, though two dispatchers have it', async () => {
    const verbs = ['version', 'whoami', 'list', 'help', 'version', 'keys', 'whoami', 'list'];
    const people = Array.from({ length: 15 }, (_, index) => `mail-${index}`);
    await Promise.all(people.map((person) => deliverEverywhere(arrival(person, person, verbs.join('\n')))));
    await eventually(
      'all lines are answered',
      () => people.every((person) => finalsIn(person) >= verbs.length),
      60_000,
    );
    for (const person of people) {
      const rows = await house.sql<{ verb: string; body: string }>(
        `SELECT c.verb, r.body::text AS body FROM commands c JOIN deliveries d ON d.id = c.delivery_id
         JOIN replies r ON r.command_id = c.id WHERE d.delivery_id = $1 ORDER BY c.ordinal`,
        [person],
      );
      expect(rows.map((row) => row.verb)).toEqual(verbs);
      expect(rows.filter((row) => row.body.includes('went wrong'))).toEqual([]);
    }
  });

  test('whose process died before it was worked on is adopted and answered once', async () => {
    const { db } = house.services;
    await insertDelivery(db.tx, arrival('lost', 'lost-1', 'spinup lost-box'));
    await eventually('an answer', () => finalsIn('lost-1') > 0);
    expect(house.chat.messages('lost-1').at(-1)?.text).toContain('lost-box is ready');
    expect(await boxesOf('lost')).toHaveLength(1);
  });
});

test('afterwards the books are right: one final each, legal states only, memory and ports as the boxes say', async () => {
  expect(
    await house.sql(`SELECT c.verb FROM commands c LEFT JOIN replies r ON r.command_id = c.id AND r.kind = 'final'
      GROUP BY c.id, c.verb HAVING count(r.id) <> 1`),
  ).toEqual([]);
  const { seen, illegal } = await illegalTransitions(house.sql);
  expect(illegal).toEqual([]);
  expect(seen).toBeGreaterThan(80);
  expect(
    await house.sql(
      `SELECT c.reserved_mib::int - (SELECT sum(b.reserved_mib)::int FROM boxes b) AS wrong FROM capacity c`,
    ),
  ).toEqual([{ wrong: 0 }]);
  expect(house.cloud.ledger.duplicates()).toEqual([]);
  const boxes = await house.sql<{ id: string }>(`SELECT id FROM boxes WHERE state <> 'destroyed'`);
  const owners = house.cloud.ledger.instances().map((instance) => instance.boxId);
  expect(owners.sort()).toEqual(boxes.map((box) => box.id).sort());
});
