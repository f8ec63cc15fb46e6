// The pool: a connection that ends while it goes from one user to the next ends nothing else.
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { secret } from '../../src/secret.ts';
import { openDatabase } from '../../src/store/database.ts';
import { type Servers, startServers } from '../support/postgres.ts';

const SOCKET = '.s.PGSQL.5432';
/** PostgreSQL 18, 54.7: ReadyForQuery, idle; and an ErrorResponse as a server sends it that is going. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);
const FIELDS = Buffer.from('SFATAL\0VFATAL\0C57P01\0Mgoing\0\0');
const GOING = Buffer.concat([Buffer.from([0x45, 0, 0, 0, FIELDS.length + 4]), FIELDS]);

let servers: Servers;
let folder: string;
let proxy: Server;
/** Answers left until one comes in the same breath as the end of its connection. */
let answersLeft = Number.POSITIVE_INFINITY;

beforeAll(async () => {
  servers = await startServers();
  folder = await mkdtemp(join(tmpdir(), 'sb-pool-'));
  const real = new URL(servers.databaseUrl).searchParams.get('host') ?? '';
  proxy = createServer((near) => {
    const far = createConnection(join(real, SOCKET));
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
    near.pipe(far);
    far.on('data', (chunk: Buffer) => {
      if (chunk.subarray(-READY.length).equals(READY)) answersLeft -= 1;
      if (answersLeft !== 0) return void near.write(chunk);
      near.end(Buffer.concat([chunk, GOING]));
      far.destroy();
    });
  });
  await new Promise<void>((resolve) => proxy.listen(join(folder, SOCKET), resolve));
});
afterAll(async () => {
  await new Promise((resolve) => proxy.close(resolve));
  await rm(folder, { recursive: true, force: true });
  await servers.stop();
});

test('a connection that ends while it is handed on costs at most the one who gets it, and not the process', async () => {
  const url = new URL(servers.databaseUrl);
  url.searchParams.set('host', folder);
  const db = openDatabase(secret(url.href), 1);
  try {
    await db.ping();
    answersLeft = 1;
    const asked = await Promise.allSettled([db.ping(), db.transaction((tx) => tx.$queryRaw`SELECT 1`)]);
    expect(asked[0]?.status).toBe('fulfilled');
    await db.ping();
  } finally {
    await db.close();
  }
});
