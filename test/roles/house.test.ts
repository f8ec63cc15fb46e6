// Opening the house: with the wrong secret key it stays shut, and holds on to nothing that would keep the program alive.
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHouse } from '../../src/roles/house.ts';
import { secret } from '../../src/secret.ts';
import { houseSettings } from '../fakes/service.ts';
import { eventually } from '../support/eventually.ts';
import { type Servers, startServers } from '../support/postgres.ts';

let servers: Servers;
let database: Client;
beforeAll(async () => {
  servers = await startServers();
  database = new Client({ connectionString: servers.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database.end();
  await servers.stop();
});

test('a wrong secret key is said, and no connection to the database is left open', async () => {
  const settings = houseSettings({ ...servers, cloud: 'http://127.0.0.1:1', chat: '', log: 'silent' });
  await (await openHouse(settings)).close();
  const wrong = { ...settings, secretKey: secret(new Uint8Array(32).fill(8)) };
  await expect(openHouse(wrong)).rejects.toMatchObject({ code: 'secret_unreadable' });
  await eventually('no connection but the one that looks', async () => {
    const { rows } = await database.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`,
    );
    return rows.length === 0;
  });
});
