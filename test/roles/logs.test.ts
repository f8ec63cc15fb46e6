// The logs of bots and worker as separate processes: one command is followed through both by its id.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { createLogger, logAs, logWith } from '../../src/log.ts';
import { type Chat, startChat } from '../fakes/chat.ts';
import { createSeededCloud, type SeededCloud } from '../fakes/seeded-provider.ts';
import { type SeededServer, serveSeededCloud } from '../fakes/seeded-server.ts';
import { eventually } from '../support/eventually.ts';
import { type Servers, startServers } from '../support/postgres.ts';

interface Line {
  process: 'bots' | 'worker';
  msg: string;
  [field: string]: unknown;
}

/** What a process says once it is ready. */
const readySchema = z.object({ ready: z.object({ inbound: z.string().optional() }) });
const SERVICE = fileURLToPath(new URL('../fakes/service.ts', import.meta.url));
const lines: Line[] = [];
const children: ChildProcess[] = [];
const closing = new AbortController();
let servers: Servers;
let cloud: SeededCloud;
let cloudServer: SeededServer;
let chat: Chat;
let inbound = '';
beforeAll(async () => {
  servers = await startServers();
  cloud = createSeededCloud({ seed: 1 });
  cloudServer = await serveSeededCloud(cloud);
  chat = await startChat(() => [inbound], closing.signal);
  const [bots] = await Promise.all([launch('bots'), launch('worker')]);
  inbound = bots.inbound ?? '';
});
afterAll(async () => {
  closing.abort();
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(children.map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')));
  await chat.close();
  await cloudServer.close();
  cloud.close();
  await servers.stop();
});

async function launch(role: Line['process']): Promise<{ inbound?: string | undefined }> {
  const { databaseUrl, redisUrl } = servers;
  const settings = JSON.stringify({ databaseUrl, redisUrl, cloud: cloudServer.url, chat: chat.url, log: 'info' });
  const child = spawn(process.execPath, [SERVICE, role, settings], { stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
  children.push(child);
  const { stderr } = child;
  if (stderr === null) throw new Error('no standard error');
  createInterface({ input: stderr }).on('line', (line) => {
    // A process that cannot start says so in other words.
    if (line.startsWith('{')) lines.push({ process: role, ...JSON.parse(line) });
  });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`${role} ended before it was ready`)));
  const [message] = await Promise.race([once(child, 'message'), ended]);
  ended.catch(() => {});
  return readySchema.parse(message).ready;
}

const said = (command: unknown, process: Line['process']): string[] =>
  lines.filter((line) => line.command === command && line.process === process).map((line) => line.msg);

test('a spinup is followed from its arrival to its final answer, over the logs of bots and worker', async () => {
  cloud.failNext('create', 'unavailable');
  const thread = await chat.type('ana', 'spinup mybox');
  await eventually('a final answer', () => chat.messages(thread).find(({ kind }) => kind === 'final'), 20_000);
  const taken = await eventually('the command in the log', () => lines.find((line) => line.verb === 'spinup'));
  expect(taken).toMatchObject({ process: 'bots', door: 'chat', outcome: 'waits' });
  const { command, delivery, job, box } = taken;
  for (const id of [command, delivery, job, box]) expect(id).toMatch(/^[0-9a-f-]{36}$/);
  // The first command of a person is greeted.
  await eventually('the answer in the log', () => said(command, 'bots').length === 3 || undefined);
  expect(said(command, 'bots')).toEqual(['A command was taken', 'A message was sent', 'A message was sent']);
  expect(said(command, 'worker')).toEqual(['Job failed', 'Job done']);
  for (const line of lines.filter((one) => one.process === 'worker' && one.command === command))
    expect(line).toMatchObject({ job, box, kind: 'spinup' });
  const sent = lines.findLast((line) => line.command === command && line.msg === 'A message was sent');
  expect(sent).toMatchObject({ job, box, door: 'chat', kind: 'final' });
  expect(sent?.tookMs).toBeGreaterThan(0);
});

test('lines of another command do not carry the ids of the first', async () => {
  const thread = await chat.type('ana', 'list');
  await eventually('a final answer', () => chat.messages(thread).find(({ kind }) => kind === 'final'), 20_000);
  const answered = await eventually('the command in the log', () => lines.find((line) => line.verb === 'list'));
  await eventually(
    'its answer in the log',
    () => said(answered.command, 'bots').includes('A message was sent') || undefined,
  );
  const own = lines.filter((line) => line.command === answered.command);
  expect(own.map((line) => line.msg)).toEqual(['A command was answered at once', 'A message was sent']);
  for (const line of own) expect([line.job, line.box]).toEqual([undefined, undefined]);
});

test('what a line says itself counts more than what surrounds it, and nothing stands there twice', () => {
  const written: string[] = [];
  const logger = createLogger({
    level: 'info',
    secrets: ['hunter2!'],
    destination: { write: (line) => written.push(line) },
  });
  logAs({ command: 'c1', box: 'b1' }, () =>
    logWith({ job: 'j1', note: 'hunter2!' }, () => logger.info({ box: 'b2' }, 'one')),
  );
  logAs({ command: 'c1' }, () => logAs({ lane: 'l1' }, () => logger.info({}, 'two')));
  logger.info({}, 'three');
  expect(written[0]).toMatch(/"box":"b2"/);
  expect(written[0]?.match(/"box"/g)).toHaveLength(1);
  expect(written.map((line) => JSON.parse(line))).toMatchObject([
    { command: 'c1', job: 'j1', box: 'b2', note: '[secret]', msg: 'one' },
    { lane: 'l1', msg: 'two' },
    { msg: 'three' },
  ]);
  expect(JSON.parse(written[1] ?? '').command).toBeUndefined();
});
