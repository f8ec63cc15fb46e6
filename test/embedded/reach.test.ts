// Who reaches the running embedded servers and with what rights; all tests look at one running pair.
import { readFile, stat } from 'node:fs/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EmbeddedServers, startEmbedded } from '../../src/embedded/embedded.ts';
import { run } from '../../src/embedded/run.ts';
import { makeDataDir } from './data-dir.ts';
import { processesIn, serversIn, socketsOf, socketTable } from './processes.ts';
import { recordingLogger } from './recorder.ts';
import { query } from './running.ts';

const asRoot = process.getuid?.() === 0;
let dataDir: string;
let remove: () => Promise<void>;
let servers: EmbeddedServers;

beforeAll(async () => {
  ({ dataDir, remove } = await makeDataDir());
  servers = await startEmbedded({ dataDir, logger: recordingLogger().logger, signal: new AbortController().signal });
});

afterAll(async () => {
  await servers.stop();
  await remove();
});

test("the address works with Prisma's adapter", async () => {
  const adapter = await new PrismaPg({ connectionString: servers.databaseUrl }).connect();
  try {
    const result = await adapter.queryRaw({
      sql: 'SELECT $1::int AS n',
      args: [7],
      argTypes: [{ scalarType: 'int', arity: 'scalar' }],
    });
    expect(result.rows).toEqual([[7]]);
  } finally {
    await adapter.dispose();
  }
});

test("the service's role may make tables and databases, and is no superuser", async () => {
  expect(
    await query(servers.databaseUrl, 'SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user'),
  ).toEqual([{ rolsuper: false, rolcreatedb: true }]);
  await expect(query(servers.databaseUrl, "COPY (SELECT 1) TO PROGRAM 'cat'")).rejects.toThrow(/permission denied/);
});

test('commits reach the disk before they are acknowledged', async () => {
  const sql =
    "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes') ORDER BY name";
  expect(await query(servers.databaseUrl, sql)).toEqual([
    { name: 'fsync', setting: 'on' },
    { name: 'full_page_writes', setting: 'on' },
    { name: 'synchronous_commit', setting: 'on' },
  ]);
});

test('nothing listens on TCP', async () => {
  const held = await socketsOf(await processesIn(dataDir));
  const local = await socketTable('unix', 6);
  expect(local.filter((inode) => held.has(inode)).length).toBeGreaterThanOrEqual(2);
  const network = [
    ...(await socketTable('tcp', 9)),
    ...(await socketTable('tcp6', 9)),
    ...(await socketTable('udp', 9)),
  ];
  expect(network.filter((inode) => held.has(inode))).toEqual([]);
});

test.runIf(asRoot)('no other user of the machine can reach the sockets', async () => {
  const nobody = { uid: 65_534, gid: 65_534 };
  const socket = servers.redisUrl.slice('unix://'.length);
  expect((await run('test', ['-S', socket], { timeoutMs: 5_000 })).status).toBe(0);
  expect((await run('test', ['-S', socket], { timeoutMs: 5_000, user: nobody })).status).toBe(1);
  expect((await stat(`${dataDir}/run`)).mode & 0o777).toBe(0o700);
});

test.runIf(asRoot)('not even the user that PostgreSQL runs as can log in to it', async () => {
  const { uid, gid } = await stat(`${dataDir}/cluster`);
  const program = `import pg from ${JSON.stringify(import.meta.resolve('pg'))};
    process.setgid(${gid}); process.setuid(${uid});
    new pg.Client({ connectionString: ${JSON.stringify(servers.databaseUrl)} }).connect().then(() => process.exit(0), (error) => {
      process.stdout.write(error.code); process.exit(3); });`;
  const result = await run(process.execPath, ['--input-type=module', '--eval', program], { timeoutMs: 10_000 });
  expect(result).toMatchObject({ status: 3, stdout: '28000' });
});

test("no variable of the service's environment reaches the servers", async () => {
  for (const pid of await serversIn(dataDir)) {
    const names = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0').map((entry) => entry.split('=')[0]);
    expect(names.filter((name) => name !== '' && !/^(PATH|LC_ALL|TZ|PG.*)$/.test(name ?? ''))).toEqual([]);
  }
});
