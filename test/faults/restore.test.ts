// A restore in the middle of life: real processes, a backup that is older than the boxes, and a cloud that remembers what really exists.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { runProgram } from '../verbs/program.ts';
import { type Laboratory, openLaboratory } from './laboratory.ts';

const ANSWER_MS = 90_000;
/** Of the reconciler: more than enough for what it would do wrongly. */
const ROUNDS = 8;

test('boxes that were made, destroyed or made again since the backup are as they really are, after a restore and its release', {
  timeout: 300_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sb-restore-'));
  const lab = await openLaboratory(5, 'none', { destroyKeepHours: 24 });
  const env = {
    DATABASE_URL: lab.places.databaseUrl,
    REDIS_URL: lab.places.redisUrl,
    SHELLBOX_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
    SHELLBOX_INSTALL_ID: 'faultlab',
    SHELLBOX_DATA_DIR: join(folder, 'data'),
    DOCKER_HOST: 'unix:///nonexistent/docker.sock',
  };
  const shellbox = (...args: string[]) => runProgram(folder, args, env);
  try {
    await Promise.all([lab.launch('bots'), lab.launch('worker')]);
    for (const person of ['again', 'lost', 'back', 'same'])
      expect(await say(lab, person, 'spinup mybox')).toContain('is ready');
    await say(lab, 'back', 'destroy mybox --yes');
    expect(await shellbox('backup', 'then.backup')).toMatchObject({ status: 0 });

    // What the backup does not know.
    await vanished(lab, await boxOf(lab, 'again'));
    await say(lab, 'lost', 'destroy mybox --yes');
    await say(lab, 'back', 'undestroy mybox');
    expect(await say(lab, 'back', 'start mybox')).toContain('is running');
    expect(await say(lab, 'newer', 'spinup mybox')).toContain('is ready');
    const real = existing(lab);
    for (const member of lab.members()) {
      member.kill('SIGTERM');
      await member.gone;
    }
    const restored = await eventually('nobody holds a lease any more', async () => {
      const ended = await shellbox('restore', 'then.backup', '--yes');
      return ended.status === 1 && ended.err.includes('at work') ? undefined : ended;
    });
    expect(restored).toMatchObject({ status: 0 });

    await Promise.all([lab.launch('bots'), lab.launch('worker')]);
    await rounds(lab);
    expect(existing(lab)).toEqual(real);
    expect(await say(lab, 'same', 'stop mybox')).toContain('was not stopped');
    expect(await shellbox('quarantine')).toMatchObject({ status: 1 });
    expect(await shellbox('quarantine', 'release')).toMatchObject({ status: 0 });
    await eventually('the quarantine is over', async () => (await shellbox('quarantine')).status === 0, ANSWER_MS);
    await rounds(lab);
    expect(existing(lab)).toEqual(real);
    expect(await states(lab)).toEqual({ again: 'running 2', back: 'running 2', lost: 'error 1', same: 'running 1' });
    for (const person of ['again', 'back', 'same'])
      expect(await say(lab, person, 'stop mybox')).toContain('is stopped');
    expect(await say(lab, 'lost', 'start mybox')).toContain('is running');
    expect(lab.cloud.ledger.duplicates()).toEqual([]);
  } finally {
    await lab.close();
    await rm(folder, { recursive: true, force: true });
  }
});

async function say(lab: Laboratory, person: string, line: string): Promise<string> {
  const thread = await lab.chat.type(person, line);
  const final = () => lab.chat.messages(thread).find(({ kind }) => kind === 'final')?.text;
  return eventually(`an answer to "${line}" of ${person}`, final, ANSWER_MS);
}

async function boxOf(lab: Laboratory, person: string): Promise<string> {
  const [row] = await lab.sql<{ id: string }>(
    'SELECT b.id FROM boxes b JOIN accounts a ON a.id = b.account_id WHERE a.name = $1',
    [person],
  );
  return row?.id ?? '';
}

/** Its instance is taken away, and the house makes it again. */
async function vanished(lab: Laboratory, boxId: string): Promise<void> {
  const own = () => lab.cloud.ledger.instances().find((instance) => instance.boxId === boxId);
  lab.cloud.vanish(own()?.instanceName ?? '');
  const isBack = async () =>
    (await lab.sql(`SELECT 1 FROM boxes WHERE id = $1 AND state = 'running' AND incarnation = 2`, [boxId])).length ===
    1;
  await eventually('it is made again', isBack, ANSWER_MS);
}

const existing = (lab: Laboratory) => ({
  instances: lab.cloud.ledger
    .instances()
    .map(({ instanceName }) => instanceName)
    .sort(),
  homes: lab.cloud.ledger
    .homes()
    .map(({ boxId }) => boxId)
    .sort(),
});

/** So many lists were asked for. */
async function rounds(lab: Laboratory): Promise<void> {
  const lists = () => lab.cloud.ledger.history().filter(({ call }) => call?.verb === 'list').length;
  const before = lists();
  await eventually('rounds', () => lists() >= before + ROUNDS, ANSWER_MS);
}

async function states(lab: Laboratory): Promise<Record<string, string>> {
  const rows = await lab.sql<{ name: string; state: string }>(
    `SELECT a.name, b.state || ' ' || b.incarnation AS state FROM boxes b JOIN accounts a ON a.id = b.account_id`,
  );
  return Object.fromEntries(rows.map(({ name, state }) => [name, state]));
}
