// start, and the verbs beside it, as real child processes on embedded servers.
import { readdir, readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { Client } from 'pg';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { processesIn } from '../embedded/processes.ts';
import { startMailbox } from '../fakes/mailbox.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { freshFolder, runProgram, startProgram } from './program.ts';

describe('start', { timeout: 60_000 }, () => {
  let folder: string;
  let env: Record<string, string>;

  beforeEach(async () => {
    folder = await freshFolder();
    env = {
      SHELLBOX_DATA_DIR: 'data',
      SSH_LISTEN: `127.0.0.1:${await freePort()}`,
      SHELLBOX_PORT: String(await freePort()),
      // No engine: neither a network nor rules are made on this machine for these tests.
      DOCKER_HOST: 'unix:///nonexistent/docker.sock',
      SSH_SIGNUP: 'open',
      LOG_LEVEL: 'warn',
    };
  });

  async function answersOf(databaseUrl: string, sql: string): Promise<unknown[]> {
    const client = new Client({ connectionString: databaseUrl });
    await client.connect();
    const { rows } = await client.query(sql);
    await client.end();
    return rows;
  }

  const record = async () => JSON.parse(await readFile(join(folder, 'data/running.json'), 'utf8'));

  test('says where it is and what to type, serves, and ends clean and soon at SIGTERM', async () => {
    const service = startProgram(folder, ['start'], env);
    await service.says('First command:');
    const ready = await fetch(`http://127.0.0.1:${env.SHELLBOX_PORT}/readyz`);
    const { checks } = z
      .object({ checks: z.array(z.object({ name: z.string(), ok: z.boolean() })) })
      .parse(await ready.json());
    expect(checks).toMatchObject([
      { name: 'database', ok: true },
      { name: 'redis', ok: true },
      { name: 'docker', ok: false },
    ]);
    const metrics = await (await fetch(`http://127.0.0.1:${env.SHELLBOX_PORT}/metrics`)).text();
    const alerts = await readFile(new URL('../../deploy/alerts.yml', import.meta.url), 'utf8');
    const asked = new Set(alerts.match(/\b(?:shellbox|nodejs)_\w+?(?=_bucket|\W)/g));
    expect([...asked].filter((name) => !metrics.includes(`# TYPE ${name} `))).toEqual([]);
    expect(metrics).toMatch(/^shellbox_round_held\{round="reconcile"\} 1$/m);
    await service.says('Docker is not ready');
    expect((await stat(join(folder, 'data/running.json'))).mode & 0o777).toBe(0o600);
    service.child.kill('SIGTERM');
    const { status, out, err } = await service.ended;
    expect(status).toBe(0);
    expect(out).toContain(`ssh -p ${env.SSH_LISTEN?.split(':')[1]} shellbox@127.0.0.1 spinup mybox`);
    expect(out).toMatch(/admin claim \S+/);
    expect(out).toMatch(/ssh-ed25519 AAAA/);
    expect(err).toContain('Stopping');
    expect(await processesIn(join(folder, 'data'))).toEqual([]);
    expect(await readdir(join(folder, 'data'))).not.toContain('running.json');
  });

  test('says so when nobody could get in, instead of commands that would be refused', async () => {
    const service = startProgram(folder, ['start'], { ...env, SSH_SIGNUP: 'closed' });
    await service.says('Nobody can get in yet: set SSH_SIGNUP=open');
    service.child.kill('SIGTERM');
    const { status, out } = await service.ended;
    expect(status).toBe(0);
    expect(out).not.toMatch(/spinup|claim/);
  });

  test('says how mail comes in and goes out, who may join by it, and that everybody’s word is taken', async () => {
    const port = await freePort();
    const mail = {
      SSH_SIGNUP: 'closed',
      EMAIL_ADDRESS: 'box@acme.dev',
      EMAIL_SIGNUP: 'acme.dev',
      EMAIL_ALLOW_UNAUTHENTICATED: 'true',
      SMTP_LISTEN: `127.0.0.1:${port}`,
      SMTP_URL: 'smtp://127.0.0.1:1',
    };
    const service = startProgram(folder, ['start'], { ...env, ...mail });
    await service.says('First command:  spinup mybox   (as the subject of a mail to box@acme.dev)');
    await service.says('admin claim ');
    await service.says('! E-mail: EMAIL_ALLOW_UNAUTHENTICATED=true takes everybody’s word');
    const line = `box@acme.dev, in by SMTP at 127.0.0.1:${port}, out by smtp, sign-up acme.dev\n`;
    await service.says(`  E-mail     ${line}`);
    service.child.kill('SIGTERM');
    expect((await service.ended).status).toBe(0);
    const { out } = await runProgram(folder, ['doctor'], { ...env, ...mail });
    expect(out).toContain(`✓ E-mail: ${line}`);
    expect(out).toContain(`✓ 127.0.0.1 port ${port} is free\n`);
    expect(out).not.toContain('nobody new can get in');
  });

  test('lets a single person join by mail, and nobody else of their domain', async () => {
    const mailbox = await startMailbox();
    onTestFinished(() => mailbox.close());
    const port = await freePort();
    const service = startProgram(folder, ['start'], {
      ...env,
      EMAIL_ADDRESS: 'box@acme.dev',
      EMAIL_SIGNUP: 'acme.dev,eve@other.dev',
      EMAIL_ALLOW_UNAUTHENTICATED: 'true',
      SMTP_LISTEN: `127.0.0.1:${port}`,
      SMTP_URL: mailbox.url,
    });
    await service.says('First command:');
    const sender = createTransport({ host: '127.0.0.1', port });
    for (const from of ['eve@other.dev', 'mallory@other.dev'])
      await sender.sendMail({ from, to: 'box@acme.dev', subject: 'list', text: '' });
    const answerTo = async (who: string): Promise<string> => {
      const mail = await eventually(`an answer to ${who}`, async () =>
        mailbox.mails.find(({ to }) => to.includes(who)),
      );
      return mail.raw.toString();
    };
    expect(await answerTo('mallory@other.dev')).toContain('sign-up is closed');
    expect(await answerTo('eve@other.dev')).not.toContain('sign-up is closed');
  });

  test('one Ctrl-C that arrives twice, from the terminal and from npm, still drains', async () => {
    const service = startProgram(folder, ['start'], env);
    await service.says('First command:');
    service.child.kill('SIGINT');
    service.child.kill('SIGTERM');
    expect((await service.ended).status).toBe(0);
    expect(await processesIn(join(folder, 'data'))).toEqual([]);
  });

  test('ends clean at a SIGINT while it is still starting', async () => {
    const service = startProgram(folder, ['start'], env);
    await eventually('the directory is taken', async () => (await readdir(join(folder, 'data'))).includes('lock'));
    service.child.kill('SIGINT');
    expect((await service.ended).status).toBe(0);
    expect(await processesIn(join(folder, 'data'))).toEqual([]);
  });

  test('goes on after kill -9 with the same installation', async () => {
    const first = startProgram(folder, ['start'], env);
    await first.says('First command:');
    const id = await answersOf((await record()).databaseUrl, "SELECT value FROM settings WHERE key = 'install_id'");
    first.child.kill('SIGKILL');
    await first.ended;
    const second = startProgram(folder, ['start'], env);
    await second.says('First command:');
    expect(
      await answersOf((await record()).databaseUrl, "SELECT value FROM settings WHERE key = 'install_id'"),
    ).toEqual(id);
    second.child.kill('SIGTERM');
    expect((await second.ended).status).toBe(0);
  });

  test('a second one on the same directory is refused, and the verbs beside it use the running one', async () => {
    const service = startProgram(folder, ['start'], env);
    await service.says('First command:');
    const second = await runProgram(folder, ['start'], env);
    expect(second.status).toBe(2);
    expect(second.err).toContain(`pid ${service.child.pid}`);
    expect(await runProgram(folder, ['account', 'list'], env)).toMatchObject({
      status: 0,
      out: 'Nobody has an account yet. People get one by their first command, where sign-up is open.\n',
    });
    expect((await runProgram(folder, ['migrate'], env)).out).toContain('up to date');
    const doctor = await runProgram(folder, ['doctor'], env);
    expect(doctor.status).toBe(1);
    expect(doctor.out).toContain('✓ database of the running start');
    expect(doctor.out).toContain('✗ Docker');
  });

  test.each(['SSH_LISTEN', 'SHELLBOX_PORT'])(
    'a taken port of %s ends it with 2 and a remedy, and leaves nothing running',
    async (name) => {
      const taken = createServer();
      await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
      onTestFinished(() => void taken.close());
      const address = taken.address();
      const port = typeof address === 'object' ? String(address?.port) : '';
      const { status, err } = await runProgram(folder, ['start'], {
        ...env,
        [name]: name === 'SSH_LISTEN' ? `127.0.0.1:${port}` : port,
      });
      expect(status).toBe(2);
      expect(err).toContain(name);
      expect(err).toContain(port);
      expect(await processesIn(join(folder, 'data'))).toEqual([]);
    },
  );

  test('a certificate that is of no use is told by start and by doctor, by variable and without a stack', async () => {
    const mail = {
      EMAIL_ADDRESS: 'box@acme.dev',
      SMTP_LISTEN: `127.0.0.1:${await freePort()}`,
      SMTP_URL: 'smtp://127.0.0.1:1',
      SMTP_TLS_CERT: '/nope',
      SMTP_TLS_KEY: 'nope.pem',
    };
    const { status, err } = await runProgram(folder, ['start'], { ...env, ...mail });
    expect(status).toBe(2);
    expect(err).toContain('2 faults:\n  SMTP_TLS_CERT: there is no such file\n  SMTP_TLS_KEY: there is no such file\n');
    expect(err).not.toMatch(/^ +at |nobody foresaw/m);
    const doctor = await runProgram(folder, ['doctor'], { ...env, ...mail });
    expect(doctor.status).toBe(1);
    expect(doctor.out).toContain('✗ SMTP_TLS_CERT: there is no such file\n');
    expect(doctor.out).toContain('✗ SMTP_TLS_KEY: there is no such file\n');
  });

  test('a Redis that does not answer is named', async () => {
    const { status, err } = await runProgram(folder, ['start'], { ...env, REDIS_URL: 'redis://:hunter2@127.0.0.1:1' });
    expect(status).toBe(2);
    expect(err).toContain('REDIS_URL');
    expect(err).not.toContain('hunter2');
  });
});
