// keys add github:<name>: fetched outside every transaction, shown, and added only after a confirmation of exactly these keys.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { fakeKeyPair } from '../fakes/key-pair.ts';
import { eventually } from '../support/eventually.ts';
import { openTestHouse, type TestHouse, UNREPAIRED } from '../support/house.ts';

type Page = { status?: number; location?: string; body?: string };

let house: TestHouse;
let github: Server;
let elsewhere: Server;
const pages = new Map<string, Page>();
let asked: string[] = [];
let waiting: (() => void)[] = [];
let strangersAsked = 0;

const serve = (server: Server) =>
  new Promise<string>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
const end = (server: Server) =>
  new Promise((resolve) => {
    server.closeAllConnections();
    server.close(resolve);
  });

beforeAll(async () => {
  github = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const page = pages.get(path);
    const answer = () => {
      const headers = page?.location === undefined ? {} : { location: page.location };
      response.writeHead(page?.status ?? (page === undefined ? 404 : 200), headers).end(page?.body ?? '');
    };
    if (path === '/slow.keys') waiting.push(answer);
    else answer();
  });
  elsewhere = createServer((_, response) => {
    strangersAsked += 1;
    response.end(fakeKeyPair().publicKey);
  });
  const githubUrl = await serve(github);
  house = await openTestHouse({ timings: UNREPAIRED, githubUrl });
  pages.set('/away.keys', { status: 302, location: `${await serve(elsewhere)}/away.keys` });
});
afterAll(async () => {
  await house.close();
  await end(github);
  await end(elsewhere);
});
beforeEach(() => {
  asked = [];
  waiting = [];
});

const show = (name: string, ...keys: string[]) =>
  pages.set(`/${name}.keys`, { body: keys.map((key) => `${key}\n`).join('') });
const confirmOf = (answer: string) => `confirm ${answer.match(/confirm (\d{6})/)?.[1] ?? 'none'}`;
const fingerprints = (text: string) => text.match(/SHA256:[A-Za-z0-9+/]{43}/g) ?? [];
const listed = async (person: string) => fingerprints(await house.say(person, 'keys'));

test('shows the fingerprints, adds nothing, and adds them after the confirmation, running boxes included', async () => {
  const keys = [fakeKeyPair().publicKey, fakeKeyPair().publicKey];
  show('octo-Cat', ...keys);
  await house.say('ana', 'spinup anas');
  const answer = await house.say('ana', 'keys add github:octo-Cat');
  expect(asked).toEqual(['/octo-Cat.keys']);
  expect(answer).toContain('Nothing is added yet');
  expect(fingerprints(answer)).toHaveLength(2);
  expect(await listed('ana')).toEqual([]);

  // What GitHub shows by the time of the yes does not matter.
  show('octo-Cat', fakeKeyPair().publicKey);
  expect(await house.say('ana', confirmOf(answer))).toMatch(/github:octo-Cat SHA256:\S+ works on anas now/);
  expect(await listed('ana')).toEqual(fingerprints(answer));
  await eventually('the box has them', () =>
    house.cloud.ledger
      .instances()
      .some(({ authorizedKeys }) => keys.every((key) => authorizedKeys.join().includes(key))),
  );
  expect(await house.say('ana', confirmOf(answer))).toMatch(/wrong, used/);
});

test('asks only about keys that are not there yet, and leaves out what is not taken', async () => {
  const [old, fresh] = [fakeKeyPair().publicKey, fakeKeyPair().publicKey];
  await house.say('bea', `keys add ${old}`);
  show('bea', old, fresh, 'ssh-dss AAAAB3NzaC1kc3MAAACB');
  const answer = await house.say('bea', 'keys add github:bea');
  expect(fingerprints(answer)).toHaveLength(1);
  expect(answer).toContain('Left out: 1');
  await house.say('bea', confirmOf(answer));
  expect(await house.say('bea', 'keys add github:bea')).toContain('open your boxes already');
});

test.each([
  ['nobody', 'GitHub knows nobody called "nobody"'],
  ['empty', 'shows no public key'],
  ['weak', 'shows no usable public key'],
  ['many', '21 keys; at most 20'],
  ['broken', 'does not answer as it should'],
  ['huge', 'does not answer as it should'],
  ['away', 'does not answer as it should'],
  ['loop', 'does not answer as it should'],
])('of %s says what is wrong, and asks nothing', async (name, said) => {
  show('empty');
  show('weak', 'ssh-dss AAAAB3NzaC1kc3MAAACB');
  show('many', ...Array.from({ length: 21 }, () => fakeKeyPair().publicKey));
  pages.set('/broken.keys', { status: 503 });
  pages.set('/huge.keys', { body: 'x'.repeat(70_000) });
  pages.set('/loop.keys', { status: 302, location: '/loop.keys' });
  const answer = await house.say('cleo', `keys add github:${name}`);
  expect(answer).toContain(said);
  expect(answer).not.toContain('confirm');
  expect(strangersAsked).toBe(0);
});

test('follows a redirect on the same host: people change their names', async () => {
  show('now', fakeKeyPair().publicKey);
  pages.set('/before.keys', { status: 301, location: '/now.keys' });
  expect(fingerprints(await house.say('dora', 'keys add github:before'))).toHaveLength(1);
});

test.each([
  'github:',
  'github:a--b',
  'github:-a',
  'github:a/../b',
  'github:a.b',
  `github:${'a'.repeat(40)}`,
  'github:a b',
])('asks GitHub nothing about "%s"', async (value) => {
  expect(await house.say('eve', `keys add ${value}`)).toContain('keys add github:your-name');
  expect(asked).toEqual([]);
});

test('a bare name where a key belongs is asked about as a name', async () => {
  expect(await house.say('eve', 'keys add octo-Cat')).toContain('keys add github:octo-Cat');
  expect(await house.say('eve', 'keys add ssh_ed25519')).not.toContain('github:ssh');
  expect(asked).toEqual([]);
});

test('holds nothing while it waits: other commands of the same person go on', async () => {
  show('slow', fakeKeyPair().publicKey);
  await house.say('fay', 'list');
  const pending = await house.ask('fay', 'keys add github:slow');
  await eventually('GitHub is asked', () => waiting.length > 0);
  expect(
    await house.sql(
      `SELECT state FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' AND datname = current_database()`,
    ),
  ).toEqual([]);
  expect(await house.say('fay', 'spinup fays')).toContain('is ready');
  for (const answer of waiting) answer();
  expect(await pending.answer).toContain('Nothing is added yet');
});

test('gives up after five seconds', { timeout: 20_000 }, async () => {
  show('slow', fakeKeyPair().publicKey);
  expect(await house.say('gil', 'keys add github:slow')).toContain('does not answer as it should');
});

test('is not done for who may not use Shellbox: nobody is asked on their behalf', async () => {
  await house.say('hal', 'list');
  await house.sql(`UPDATE accounts SET suspended_at = now() WHERE name = 'hal'`);
  expect(await house.say('hal', 'keys add github:octo-Cat')).toContain('suspended');
  expect(asked).toEqual([]);
});

test('a key of a person without one, added while their box is made, is in it as soon as it runs', async () => {
  const key = fakeKeyPair().publicKey;
  const gate = house.hold('create');
  const spinup = await house.ask('ivy', 'spinup ivys');
  await gate.reached;
  expect(await house.say('ivy', `keys add ${key} desk`)).toMatch(/desk SHA256:\S+ works on ivys now/);
  gate.open();
  expect(await spinup.answer).toContain('ivys is ready');
  await eventually('the key', () =>
    house.cloud.ledger.instances().some(({ authorizedKeys }) => authorizedKeys.join().includes(key)),
  );
});
