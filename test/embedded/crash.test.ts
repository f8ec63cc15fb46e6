// What kill -9 does: to the service above the embedded servers, and to the servers below it.
import { spawn } from 'node:child_process';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { freshDataDir } from './data-dir.ts';
import { startHolder } from './holding.ts';
import { isAlive, processesIn, serversIn } from './processes.ts';
import { ping, query, startServers } from './running.ts';

const DEADLINE = { timeout: 15_000, interval: 20 };

test('after kill -9 of the service the next start stops what was left, and the committed row is there', async () => {
  const dataDir = await freshDataDir();
  const holder = await startHolder(dataDir);
  await query(holder.databaseUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
  await holder.kill();
  const left = await serversIn(dataDir);
  expect(left).toHaveLength(2);
  const servers = await startServers(dataDir);
  expect(await query(servers.databaseUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  expect(await ping(servers.redisUrl)).toBe('PONG');
  expect(left.filter(isAlive)).toEqual([]);
  expect(await serversIn(dataDir)).toHaveLength(2);
});

test('a directory held by a process that was killed is free, one held by a living process names it', async () => {
  const dataDir = await freshDataDir();
  const holder = await startHolder(dataDir);
  await expect(startServers(dataDir)).rejects.toThrow(`pid ${holder.pid}`);
  await holder.kill();
  const servers = await startServers(dataDir);
  expect(await ping(servers.redisUrl)).toBe('PONG');
});

test('after everything was killed at once, names left behind by dead processes do not stop the next start', async () => {
  const dataDir = await freshDataDir();
  const holder = await startHolder(dataDir);
  await query(holder.databaseUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
  await holder.kill();
  for (const pid of await processesIn(dataDir)) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  await vi.waitFor(async () => expect(await processesIn(dataDir)).toEqual([]), DEADLINE);
  // As after the restart of a container, where process ids come round again: the file names a living process of the same user.
  const { uid, gid } = await stat(`${dataDir}/cluster`);
  const bystander = spawn('tail', ['-f', '/dev/null'], { uid, gid, stdio: 'ignore' });
  onTestFinished(() => void bystander.kill('SIGKILL'));
  await writeFile(
    `${dataDir}/cluster/postmaster.pid`,
    `${bystander.pid}\n${dataDir}/cluster\n1\n5432\n${dataDir}/run\n\n`,
  );
  await writeFile(
    `${dataDir}/run/.s.PGSQL.5432.lock`,
    `${bystander.pid}\n${dataDir}/cluster\n1\n5432\n${dataDir}/run\n\n`,
  );
  const servers = await startServers(dataDir);
  expect(await query(servers.databaseUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  expect(isAlive(bystander.pid ?? 0)).toBe(true);
});

test('a process of somebody else that happens to work in the directory is left alone', async () => {
  const dataDir = await freshDataDir();
  const first = await startServers(dataDir);
  await first.stop();
  const reader = spawn('tail', ['-f', '/dev/null'], { cwd: `${dataDir}/redis`, stdio: 'ignore' });
  onTestFinished(() => void reader.kill('SIGKILL'));
  await startServers(dataDir);
  expect(isAlive(reader.pid ?? 0)).toBe(true);
});

test.each(['postgres', 'redis'])('a killed %s is reported and started again', async (killed) => {
  const dataDir = await freshDataDir();
  const servers = await startServers(dataDir);
  await query(servers.databaseUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
  const [pid = 0] = await serversIn(`${dataDir}/${killed === 'postgres' ? 'cluster' : 'redis'}`);
  process.kill(pid, 'SIGKILL');
  await vi.waitFor(
    () => expect(servers.lines.map((line) => line.message)).toContain('embedded server runs again'),
    DEADLINE,
  );
  expect(servers.lines.find((line) => line.level === 'error')?.fields).toMatchObject({ pid, signal: 'SIGKILL' });
  expect(await query(servers.databaseUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  expect(await ping(servers.redisUrl)).toBe('PONG');
  await servers.stop();
  expect(await processesIn(dataDir)).toEqual([]);
});

test("the terminal's Ctrl-C does not reach the servers", async () => {
  const dataDir = await freshDataDir();
  const holder = await startHolder(dataDir); // leads a process group of its own, as a program at a terminal does
  process.kill(-holder.pid, 'SIGINT');
  await query(holder.databaseUrl, 'SELECT pg_sleep(0.2)');
  expect(await ping(holder.redisUrl)).toBe('PONG');
  await holder.kill();
  await startServers(dataDir); // also ends what the holder left
});

test('a cluster that was only half made is made anew', async () => {
  const dataDir = await freshDataDir();
  await mkdir(`${dataDir}/cluster-partial-killed`, { recursive: true });
  await writeFile(`${dataDir}/cluster-partial-killed/PG_VERSION`, '18\n');
  const servers = await startServers(dataDir);
  expect(await query(servers.databaseUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect((await readdir(dataDir)).filter((name) => name.includes('partial'))).toEqual([]);
});
