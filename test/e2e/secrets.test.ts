// Secrets planted in every variable that takes one, and those that Shellbox makes itself: found in no log, reply, job, dump, process, box or error.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { dumpDatabase, dumpRedis, formsOf } from '../support/leaks.ts';
import { openProgram, type Program, type Ran, run } from '../support/program.ts';
import { openPlantedDoors, type PlantedDoors } from './planted-doors.ts';
import { commandLines, insideBoxes } from './running-secrets.ts';

const READY_MS = 60_000;
const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;
/** Throws what Node was told, with all secrets in it, as soon as the program connects to something: the configuration is read then. */
const THROWS = `data:text/javascript,${encodeURIComponent(`
  import { Socket } from 'node:net';
  const { connect } = Socket.prototype;
  const all = JSON.stringify(process.env);
  Socket.prototype.connect = function (...args) {
    Socket.prototype.connect = connect;
    setImmediate(() => { if (process.env.HOW === 'rejects') Promise.reject(new Error(all)); else throw new Error(all, { cause: { all } }); });
    return connect.apply(this, args);
  };`)}`;

describe('secrets', { timeout: 240_000 }, () => {
  let doors: PlantedDoors;
  let program: Program;

  beforeAll(async () => {
    doors = await openPlantedDoors();
    program = await openProgram(doors.environment);
    await doors.discord.gateway.connected(1, AbortSignal.timeout(READY_MS));
  }, 180_000);
  afterAll(async () => {
    await program.close();
    await doors.close();
  });

  /** As SendGrid posts a mail; the status of the answer. */
  async function mail(from: string): Promise<number> {
    const form = new FormData();
    form.set('email', `From: ${from}\r\nTo: box@acme.dev\r\nMessage-ID: <1-${from}>\r\n\r\nwhoami\r\n`);
    form.set('envelope', JSON.stringify({ to: ['box@acme.dev'], from }));
    const url = `http://127.0.0.1:${program.httpPort}/email/inbound/${doors.planted.inbound}`;
    return (await fetch(url, { method: 'POST', body: form })).status;
  }
  const mails = (): string => doors.mailbox.mails.map(({ raw }) => raw.toString('latin1')).join('\n');

  test('are nowhere after a day of use', async () => {
    const { slack, discord, mailbox, servers, leaksIn } = doors;
    const [ana, ben] = [slack.user('ana'), discord.user('ben')];
    slack.addChannel('dev');
    discord.addChannel('dev');
    ana.types('/shellbox spinup mybox', { channel: '#dev' });
    await eventually('the box', () => ana.sees('#dev').includes('mybox is ready') || undefined, READY_MS);
    const [box] = await servers.sql<{ sealed: Buffer | null }>('SELECT host_private_key AS sealed FROM boxes');
    expect(box?.sealed).not.toBeNull();
    const boxes = await insideBoxes(program.installId);
    expect(boxes).toMatch(/PATH=[\s\S]*\[listener\]/);
    const processes = await commandLines();
    expect(processes).toContain('src/main.ts start');
    ana.types('/shellbox destroy mybox', { channel: '#dev' });
    await eventually('a question', () => ana.sees('#dev').includes('Nothing is destroyed yet') || undefined);
    for (const line of ['list', 'whoami', 'stpo mybox', 'start other', 'logs mybox'])
      ana.types(`/shellbox ${line}`, { channel: '#dev' });
    ana.clicks({ channel: '#dev' }, 'Destroy mybox');
    await eventually('the end', () => ana.sees('#dev').includes('mybox is destroyed') || undefined, READY_MS);
    // The program writes what goes wrong, too: platforms away, in all the ways that they have.
    slack.failNext('chat.postEphemeral', { kind: 'status', status: 500 });
    ana.types('/shellbox list', { channel: '#dev' });
    await ben.runs('more whoami', {}, { channel: '#dev' }).acknowledged();
    // Who could not be answered is answered again later; somebody else is in the meantime.
    const { met } = mailbox.failNext({ kind: 'refuse', code: 451, at: 'mail' });
    expect(await mail('ana@acme.dev')).toBe(200);
    await met;
    expect(await mail('ben@acme.dev')).toBe(200);
    for (const path of ['email/inbound/not-the-secret-not-the-secret', 'slack/events'])
      expect((await fetch(`http://127.0.0.1:${program.httpPort}/${path}`, { method: 'POST' })).status).toBe(401);
    await eventually('an answer by mail', () => mails().includes('Subject:') || undefined, READY_MS);
    await slack.idle();
    const rows = await dumpDatabase(servers.sql);
    expect(rows).toContain('mybox');
    expect(rows).toContain('ana@acme.dev');
    expect(program.printed()).toContain('"level":');
    for (const [where, text] of Object.entries({
      rows,
      boxes,
      processes,
      redis: await dumpRedis(servers.redis),
      printed: program.printed(),
      slack: slack.transcript('#dev'),
      discord: discord.transcript('#dev'),
      mails: mails(),
    }))
      expect({ where, leaks: leaksIn(text) }).toEqual({ where, leaks: [] });
    for (const text of [rows, program.printed(), await dumpRedis(servers.redis)]) {
      expect(text).not.toContain('OPENSSH PRIVATE KEY');
      // Response URLs are as good as a token for half an hour.
      for (const path of [`${slack.origin}/commands/`, `${slack.origin}/actions/`])
        expect(formsOf(path).filter((form) => text.includes(form))).toEqual([]);
    }
  });

  /** A verb beside the running program, with another data directory and other ports. */
  async function verb(
    word: string,
    changed: Readonly<Record<string, string>> = {},
    flags: readonly string[] = [],
  ): Promise<Ran> {
    const all = {
      ...doors.environment,
      PATH: process.env.PATH ?? '',
      SHELLBOX_DATA_DIR: `${program.dataDir}-other`,
      SHELLBOX_INSTALL_ID: program.installId,
      SHELLBOX_PORT: `${await freePort()}`,
      SSH_LISTEN: `127.0.0.1:${await freePort()}`,
      ...changed,
    };
    const assignments = Object.entries(all).map(([name, value]) => `${name}=${value}`);
    return run('env', ['-i', ...assignments, process.execPath, ...flags, MAIN, word]);
  }

  test('are in no error of a start that fails, and in nothing that doctor says', async () => {
    const { database, redis, key } = doors.planted;
    const tries = [
      ['start', { DATABASE_URL: `postgres://u:${database}@127.0.0.1:1/x` }],
      ['start', { REDIS_URL: `redis://:${redis}@127.0.0.1:1` }],
      ['start', { SHELLBOX_SECRET_KEY: `${key}!` }],
      ['start', { SLACK_BOT_TOKEN: `${doors.planted.botToken}x` }],
      ['doctor', {}],
    ] as const;
    const ran = await Promise.all(tries.map(async ([word, changed]) => ({ word, ...(await verb(word, changed)) })));
    for (const { word, stdout, stderr, status } of ran) {
      expect({ word, leaks: doors.leaksIn(stdout + stderr) }).toEqual({ word, leaks: [] });
      expect(stdout + stderr).not.toBe('');
      if (word === 'start') expect(status).not.toBe(0);
    }
  });

  test.each(['throws', 'rejects'])(
    'are not in the last words of a program whose code %s what nobody catches',
    async (how) => {
      const { stdout, stderr, status } = await verb('start', { HOW: how }, ['--import', THROWS]);
      expect(status).toBe(1);
      expect(stderr).toContain('"msg":"uncaught"');
      // What was thrown was there, and what is no secret of it was said.
      expect(stderr).toContain('SHELLBOX_INSTALL_ID');
      expect(doors.leaksIn(stdout + stderr)).toEqual([]);
    },
  );
});
