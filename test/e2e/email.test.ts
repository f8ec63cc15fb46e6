// From a mail program to a real box: swaks sends, Postfix hands on, the program answers, neomutt shows the thread; and each of them killed on the way.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import Docker from 'dockerode';
import { simpleParser } from 'mailparser';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { mailOf, signed, ZONE } from '../bots/email/in/signed-mail.ts';
import { type FakeDns, startDns } from '../fakes/dns.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { openProgram, type Program, run } from '../support/program.ts';
import { type Postfix, startPostfix } from './postfix.ts';

const READY_MS = 90_000;
const SECRET = 'a-secret-of-the-test-0001';
const ANA = 'ana@acme.dev';

describe('Mail and a real box', { timeout: 240_000 }, () => {
  let dns: FakeDns;
  let postfix: Postfix;
  let program: Program;
  let key: string;
  let made = 0;
  const seen = new Set<string>();

  beforeAll(async () => {
    const texts = Object.entries(ZONE).flatMap(([question, records]) =>
      question.endsWith(' TXT')
        ? [[question.slice(0, -4), records.map((record) => [record].flat(2).join(''))] as const]
        : [],
    );
    dns = await startDns(Object.fromEntries(texts));
    const doorPort = await freePort();
    postfix = await startPostfix(doorPort);
    program = await openProgram({
      EMAIL_ADDRESS: 'box@acme.dev',
      EMAIL_INBOUND_SECRET: SECRET,
      EMAIL_SIGNUP: 'acme.dev',
      SMTP_LISTEN: `127.0.0.1:${doorPort}`,
      SMTP_URL: `smtp://127.0.0.1:${postfix.port}`,
      DNS_SERVERS: dns.address,
    });
    await eventually('the door', () => program.printed().includes('E-mail     box@acme.dev') || undefined);
    key = await program.key('ana');
    await writes({ body: `keys add ${(await readFile(`${key}.pub`, 'utf8')).trim()}\n` });
    expect(await answer()).toContain('opens your boxes');
  }, 180_000);
  afterAll(async () => {
    await program.close();
    await postfix.close();
    await dns.close();
  });

  /** A mail of Ana's, signed as by her domain. */
  async function letter({ subject = '', body = '', to = 'box@acme.dev' }): Promise<{ raw: Buffer; id: string }> {
    made += 1;
    const id = `<${made}@acme.dev>`;
    const head = [
      `From: Ana <${ANA}>`,
      `To: ${to}`,
      `Subject: ${subject}`,
      `Message-ID: ${id}`,
      `Date: ${new Date().toUTCString()}`,
    ];
    return { raw: await signed(mailOf(head, body.replaceAll('\n', '\r\n'))), id };
  }
  async function writes(what: { subject?: string; body?: string; to?: string }): Promise<string> {
    const { raw, id } = await letter(what);
    const file = join(program.home, `mail-${made}`);
    await writeFile(file, raw);
    const words = [
      '--server',
      '127.0.0.1',
      '--port',
      String(postfix.port),
      '--from',
      ANA,
      '--to',
      what.to ?? 'box@acme.dev',
    ];
    const sent = await run('swaks', [...words, '--data', `@${file}`, '--suppress-data', '--hide-all']);
    expect(sent.status, sent.stderr).toBe(0);
    return id;
  }
  /** The next mail that Ana gets from us, as text. */
  async function answer(): Promise<string> {
    const raw = await eventually(
      'a mail to Ana',
      async () =>
        (await postfix.mails('ana')).find((mail) => mail.includes('\nFrom: Shellbox') && !seen.has(idOf(mail))),
      READY_MS,
    );
    seen.add(idOf(raw));
    return (await simpleParser(raw)).text ?? '';
  }
  async function logIn(text: string): Promise<string> {
    const [, line = ''] = /^ {4}ssh (-p \d+ \S+)$/m.exec(text) ?? [];
    const [, known = ''] = /^ {4}(\[127\.0\.0\.1\]:\d+ ssh-ed25519 \S+)$/m.exec(text) ?? [];
    await program.trust(known);
    const { stdout, status } = await run('ssh', [...program.options(key), ...line.split(' '), 'hostname']);
    return `${status} ${stdout.trim()}`;
  }
  async function destroyMybox(): Promise<void> {
    await writes({ body: 'destroy mybox\n' });
    const [, code] = /confirm (\d{6})/.exec(await answer()) ?? [];
    await writes({ body: `confirm ${code}\n` });
    expect(await answer()).toContain('mybox is destroyed');
  }
  let used = false;
  afterEach(async () => {
    if (used) await destroyMybox();
    used = false;
  });
  const containers = async (text: string) => {
    const [, port = ''] = /ssh -p (\d+) /.exec(text) ?? [];
    const all = await new Docker().listContainers();
    return all.filter(({ Ports }) => Ports.some(({ PublicPort }) => String(PublicPort) === port));
  };

  test('a signed mail through Postfix makes a box; its answer is threaded under it in neomutt, and its line logs in', async () => {
    used = true;
    const { raw } = await letter({ subject: 'spinup mybox' });
    made -= 1;
    await writes({ subject: 'spinup mybox' });
    const text = await answer();
    expect(await logIn(text)).toBe('0 mybox');
    // As a mail program keeps what was sent beside what came.
    await writeFile(join(postfix.maildir('ana'), 'cur', 'sent-1:2,S'), raw);
    const index = await neomutt(program.home, postfix.maildir('ana'));
    expect(index).toMatch(/spinup mybox[\s\S]*`->/);
  });

  test('the same through SendGrid’s form', async () => {
    used = true;
    const { raw } = await letter({ subject: 'spinup mybox' });
    const form = new FormData();
    form.set('email', new Blob([new Uint8Array(raw)]));
    form.set('envelope', JSON.stringify({ to: ['box@acme.dev'], from: ANA }));
    form.set('sender_ip', '192.0.2.1');
    const url = `http://127.0.0.1:${program.httpPort}/email/inbound/${SECRET}`;
    expect((await fetch(url, { method: 'POST', body: form })).status).toBe(200);
    expect(await logIn(await answer())).toBe('0 mybox');
  });

  test('Postfix and the program killed on the way: one box, one answer, nothing lost', async () => {
    used = true;
    await program.kill('SIGKILL');
    await writes({ subject: 'spinup mybox' });
    await eventually('it waits in the queue', async () => (await postfix.queued()) === 1, READY_MS);
    await postfix.kill();
    await program.start();
    await postfix.start();
    await postfix.flush();
    await eventually('the delivery', async () => (await postfix.queued()) === 0, READY_MS);
    await program.kill('SIGKILL');
    await postfix.kill();
    await postfix.start();
    await program.start();
    const text = await answer();
    expect(await logIn(text)).toBe('0 mybox');
    expect(await containers(text)).toHaveLength(1);
    await writes({ subject: 'list' });
    // The next answer is that of the next mail: there was no second one.
    expect(await answer()).toContain('● mybox');
  });
});

const idOf = (mail: string): string => /^Message-ID:\s*(\S+)/im.exec(mail)?.[1] ?? '';

/** What neomutt shows of a folder, threads with plain characters. */
async function neomutt(home: string, folder: string): Promise<string> {
  const config = join(home, 'neomuttrc');
  const settings = [
    // Otherwise it asks whether to make one.
    `set folder=${folder}`,
    `set spoolfile=${folder}`,
    'set record=""',
    'set sort=threads',
    'set ascii_chars',
    'set index_format="%s"',
    'set header_cache=""',
    'unset help',
  ];
  await writeFile(config, `${settings.join('\n')}\n`);
  const command = `neomutt -n -F ${config} -f ${folder} -e 'push <exit>'`;
  const { stdout } = await run('timeout', ['30', 'script', '-qec', command, '/dev/null']);
  return stripVTControlCharacters(stdout);
}
