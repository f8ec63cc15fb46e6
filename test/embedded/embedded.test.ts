// The embedded servers as the service uses them: start, ask, stop, start again, refuse.
import { mkdir, stat } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { startEmbeddedPostgres, startEmbeddedRedis } from '../../src/embedded/embedded.ts';
import { freshDataDir, linkedFrom } from './data-dir.ts';
import { processesIn, serversIn } from './processes.ts';
import { recordingLogger } from './recorder.ts';
import { ping, query, startServers } from './running.ts';

const never = new AbortController().signal;

test('both servers answer after a start, and are gone after a stop', async () => {
  const dataDir = await freshDataDir();
  const servers = await startServers(dataDir);
  expect(await query(servers.databaseUrl, 'SELECT current_user AS user, current_database() AS database')).toEqual([
    { user: 'shellbox', database: 'shellbox' },
  ]);
  expect(await ping(servers.redisUrl)).toBe('PONG');
  expect(await serversIn(dataDir)).toHaveLength(2);
  await servers.stop();
  await servers.stop();
  expect(await processesIn(dataDir)).toEqual([]);
});

test('what was committed is there after the next start, which takes under a second', async () => {
  const dataDir = await freshDataDir();
  const first = await startServers(dataDir);
  await query(first.databaseUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
  await first.stop();
  const began = performance.now();
  const second = await startServers(dataDir);
  expect(performance.now() - began).toBeLessThan(1_000);
  expect(await query(second.databaseUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
});

test.each([
  ['too long for a socket', 'd'.repeat(60), 'e'.repeat(60)],
  ['full of characters that addresses escape', 'my data, 100 % mine', 'ü'],
])('a data directory whose path is %s gets its sockets in a short private directory', async (_, ...below) => {
  const dataDir = await freshDataDir(...below);
  const first = await startServers(dataDir);
  const sockets = await linkedFrom(`${dataDir}/run`);
  expect(await query(first.databaseUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect(await ping(first.redisUrl)).toBe('PONG');
  expect((await stat(sockets ?? '')).mode & 0o777).toBe(0o700);
  await first.stop();
  const second = await startServers(dataDir);
  expect(second.redisUrl).toBe(first.redisUrl);
});

test('a second start in the same directory is refused, naming the directory and the pid', async () => {
  const dataDir = await freshDataDir();
  const servers = await startServers(dataDir);
  const refused = startServers(dataDir);
  await expect(refused).rejects.toMatchObject({ code: 'data_dir_locked' });
  await expect(refused).rejects.toThrow(dataDir);
  await expect(refused).rejects.toThrow(`pid ${process.pid}`);
  expect(await ping(servers.redisUrl)).toBe('PONG');
});

test('without redis-server the start says how to get it, and leaves nothing running', async () => {
  const dataDir = await freshDataDir();
  const refused = startServers(dataDir, { redisSearchPath: ['/nonexistent'] });
  await expect(refused).rejects.toMatchObject({
    code: 'redis_missing',
    remedy: expect.stringContaining('apt-get install redis-server'),
  });
  expect(await processesIn(dataDir)).toEqual([]);
  await startServers(dataDir);
});

test('an aborted start leaves nothing running and gives the directory free', async () => {
  const dataDir = await freshDataDir();
  await mkdir(dataDir);
  const stopping = new AbortController();
  const { logger } = recordingLogger();
  const onRedis = { ...logger, debug: () => stopping.abort(new Error('enough')) }; // the first words of a server
  await expect(startServers(dataDir, { signal: stopping.signal, logger: onRedis })).rejects.toThrow('enough');
  expect(await processesIn(dataDir)).toEqual([]);
  await startServers(dataDir);
});

test('each server can be started without the other', async () => {
  const dataDir = await freshDataDir();
  const { logger } = recordingLogger();
  const postgres = await startEmbeddedPostgres({ dataDir, logger, signal: never });
  expect(await query(postgres.databaseUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect(await serversIn(dataDir)).toHaveLength(1);
  await postgres.stop();
  const redis = await startEmbeddedRedis({ dataDir, logger, signal: never });
  expect(await ping(redis.redisUrl)).toBe('PONG');
  expect(await serversIn(dataDir)).toHaveLength(1);
  await redis.stop();
});
