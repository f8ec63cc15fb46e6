// What is asked of an engine about many boxes, how much of it at once, and what one bad answer does to the others.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDockerProvider } from '../../../src/providers/docker/docker.ts';
import { labelsOf } from '../../../src/providers/docker/payload.ts';
import type { BoxSpec, Provider } from '../../../src/providers/provider.ts';
import { makeBoxSpec } from '../../contracts/provider-spec.ts';
import { failure } from '../../contracts/provider-subject.ts';
import { OPTIONS_FOR_TESTS, within } from './docker-host.ts';

const installId = 'tobserve';
const STARTED_AT = '2026-11-21T12:00:00.5Z';
const ANSWER_MS = 20;

/** An engine that answers with the same of every box, unless it is told otherwise. */
interface Engine {
  port: number;
  asked: { method: string; path: string }[];
  /** The most lists of processes that were under way at once. */
  mostLists: number;
  /** By instance name: the answer instead. */
  bad: Map<string, 'error' | 'silence' | 'stopped' | 'nonsense'>;
  close(): Promise<void>;
}

let engine: Engine;
let provider: Provider;
let boxes: BoxSpec[];

beforeEach(async () => {
  boxes = Array.from({ length: 12 }, () => makeBoxSpec({ installId }));
  engine = await openEngine();
  provider = createDockerProvider({ ...OPTIONS_FOR_TESTS, dockerHost: `tcp://127.0.0.1:${engine.port}` });
});
afterEach(() => engine.close());

async function openEngine(): Promise<Engine> {
  let lists = 0;
  const send = (answer: ServerResponse, status: number, body: unknown) =>
    void answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

  async function answerTo(request: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '', 'http://engine');
    made.asked.push({ method: request.method ?? '', path: pathname });
    const [, , name = '', what = ''] = pathname.split('/');
    const box = boxes.find(({ instanceName }) => instanceName === name);
    const bad = made.bad.get(name);
    if (pathname === '/_ping') return send(answer, 200, 'OK');
    if (box === undefined) return send(answer, 404, { message: 'no such container' });
    if (what === 'json') return send(answer, 200, inspectionOf(box, bad !== 'stopped'));
    if (bad === 'silence') return;
    if (bad === 'error') return send(answer, 500, { message: 'cannot' });
    if (bad === 'nonsense') return send(answer, 200, 'what?');
    if (what === 'stats') return send(answer, 200, FIGURES);
    lists += 1;
    made.mostLists = Math.max(made.mostLists, lists);
    await delay(ANSWER_MS);
    lists -= 1;
    send(answer, 200, PROCESSES);
  }

  const server = createServer((request, answer) => void answerTo(request, answer));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const made: Engine = {
    port: (server.address() as AddressInfo).port,
    asked: [],
    mostLists: 0,
    bad: new Map(),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return made;
}

/** With the pid of this very process, which is in no container of that id. */
const inspectionOf = (box: BoxSpec, running: boolean) => ({
  Id: box.instanceName,
  Name: `/${box.instanceName}`,
  Config: { Labels: labelsOf(box) },
  State: { Running: running, Paused: false, Pid: process.pid, StartedAt: STARTED_AT },
});
const FIGURES = {
  cpu_stats: { cpu_usage: { total_usage: 1_500_000_000 } },
  networks: { eth0: { rx_bytes: 100, tx_bytes: 20 }, eth1: { rx_bytes: 3, tx_bytes: 0 } },
};
const PROCESSES = {
  Titles: ['PID', 'PPID', 'USER', 'STAT', 'TIME', 'COMMAND'],
  Processes: [
    [`${process.pid}`, '1', 'root', 'Ss', '00:00:00', 'docker-init'],
    ['999999', `${process.pid}`, '1000', 'R', '00:01:01', 'make'],
  ],
};

const idsOf = (some: readonly BoxSpec[]): string[] => some.map(({ boxId }) => boxId).sort();

test('all boxes are in the answer, with figures of the engine alone where its processes are not ours to see', async () => {
  const seen = await provider.observe(boxes, within(10_000));
  expect([...seen.keys()].sort()).toEqual(idsOf(boxes));
  expect(seen.get(boxes[0]?.boxId ?? '')).toEqual({
    startedAtMs: Date.parse(STARTED_AT),
    cpuMs: 1_500,
    trafficBytes: 123,
    processes: [
      { pid: undefined, key: '999999 make', command: 'make', cpuMs: 61_000, ours: false, holds: false },
      { pid: undefined, key: `${process.pid} docker-init`, command: 'docker-init', cpuMs: 0, ours: true, holds: false },
    ],
  });
});

test('three questions a box, none of which runs anything, and few lists at once', async () => {
  await provider.observe(boxes, within(10_000));
  expect(new Set(engine.asked.map(({ method }) => method))).toEqual(new Set(['GET']));
  expect(engine.asked).toHaveLength(3 * boxes.length);
  expect(engine.mostLists).toBeGreaterThan(1);
  expect(engine.mostLists).toBeLessThanOrEqual(4);
});

test.each(['error', 'stopped', 'nonsense'] as const)(
  'a box with %s is left out, and the others are there',
  async (kind) => {
    const [bad, ...good] = boxes;
    engine.bad.set(bad?.instanceName ?? '', kind);
    expect([...(await provider.observe(boxes, within(10_000))).keys()].sort()).toEqual(idsOf(good));
  },
);

test('a box of which the engine says nothing does not take the time of the others', { timeout: 20_000 }, async () => {
  const [bad, ...good] = boxes;
  engine.bad.set(bad?.instanceName ?? '', 'silence');
  expect([...(await provider.observe(boxes, within(15_000))).keys()].sort()).toEqual(idsOf(good));
});

test('all boxes with an error of their own make an empty answer; an engine that is gone makes none', async () => {
  for (const { instanceName } of boxes) engine.bad.set(instanceName, 'error');
  expect(await provider.observe(boxes, within(10_000))).toEqual(new Map());
  await engine.close();
  expect((await failure(provider.observe(boxes, within(10_000)))).code).toBe('unavailable');
});

test('an abort ends it soon', async () => {
  for (const { instanceName } of boxes) engine.bad.set(instanceName, 'silence');
  const began = performance.now();
  expect((await failure(provider.observe(boxes, within(300)))).code).toBe('timeout');
  expect(performance.now() - began).toBeLessThan(2_000);
});
