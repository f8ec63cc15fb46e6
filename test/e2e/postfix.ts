// A Postfix of the test's own on loopback: it hands mail for our address to the door, and puts mail for people into maildirs.
import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../support/free-port.ts';

const exec = promisify(execFile);

export interface Postfix {
  port: number;
  /** The mails of somebody at acme.dev, in the order in which they came. */
  mails(name: string): Promise<string[]>;
  /** The folder of somebody's mails, as mail programs open it. */
  maildir(name: string): string;
  start(): Promise<void>;
  /** With everything that it has in its queue; that stays on disk. */
  kill(): Promise<void>;
  /** Tries everything in the queue now. */
  flush(): Promise<void>;
  queued(): Promise<number>;
  close(): Promise<void>;
}

/** Mail for box@acme.dev and its plus-addresses goes to this port. */
export async function startPostfix(doorPort: number): Promise<Postfix> {
  const root = await mkdtemp(join(tmpdir(), 'shellbox-postfix-'));
  await chmod(root, 0o755);
  const folders = Object.fromEntries(['config', 'queue', 'data', 'mail'].map((name) => [name, join(root, name)]));
  for (const folder of Object.values(folders)) await mkdir(folder);
  const { config = '', queue = '', data = '', mail = '' } = folders;
  const ids = async (user: string) =>
    Promise.all(['-u', '-g'].map(async (flag) => Number((await exec('id', [flag, user])).stdout)));
  const [uid = 0, gid = 0] = await ids('postfix');
  for (const folder of [data, mail]) await chown(folder, uid, gid);
  const port = await freePort();
  await writeFile(join(config, 'main.cf'), mainConfig({ queue, data, mail, uid, gid, doorPort }));
  await writeFile(join(config, 'master.cf'), masterConfig(port));
  const control = (...words: string[]) => exec('postfix', ['-c', config, ...words]);
  const maildir = (name: string) => join(mail, name);

  async function start(): Promise<void> {
    await control('start');
  }
  await start();
  return {
    port,
    maildir,
    start,
    async mails(name) {
      const parts = await Promise.all(['new', 'cur'].map((part) => filesIn(join(maildir(name), part))));
      return parts.flat();
    },
    async kill() {
      const pid = Number((await readFile(join(queue, 'pid', 'master.pid'), 'utf8')).trim());
      process.kill(pid, 'SIGKILL');
      // Its children end when they find it gone.
      await control('stop').catch(() => {});
    },
    flush: async () => void (await exec('postqueue', ['-c', config, '-f'])),
    async queued() {
      const { stdout } = await exec('postqueue', ['-c', config, '-j']);
      return stdout.split('\n').filter((line) => line !== '').length;
    },
    async close() {
      await control('stop').catch(() => {});
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function filesIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder).catch((): string[] => [])).sort();
  return Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
}

interface Places {
  queue: string;
  data: string;
  mail: string;
  uid: number;
  gid: number;
  doorPort: number;
}

/** Source: postconf(5). */
function mainConfig({ queue, data, mail, uid, gid, doorPort }: Places): string {
  const settings = {
    compatibility_level: '3.6',
    queue_directory: queue,
    data_directory: data,
    mail_owner: 'postfix',
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    myhostname: 'mail.acme.dev',
    mydestination: '',
    mynetworks: '127.0.0.0/8',
    smtpd_relay_restrictions: 'permit_mynetworks, reject',
    recipient_delimiter: '+',
    transport_maps: `inline:{box@acme.dev=smtp:[127.0.0.1]:${doorPort}}`,
    virtual_mailbox_domains: 'acme.dev',
    virtual_mailbox_base: mail,
    virtual_mailbox_maps: 'inline:{{ana@acme.dev = ana/}, {box@acme.dev = box/}}',
    virtual_uid_maps: `static:${uid}`,
    virtual_gid_maps: `static:${gid}`,
    virtual_minimum_uid: '1',
    maximal_backoff_time: '2s',
    minimal_backoff_time: '1s',
    queue_run_delay: '1s',
    maillog_file: join(data, 'log'),
    maillog_file_prefixes: data,
    alias_maps: '',
    alias_database: '',
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('');
}

function masterConfig(port: number): string {
  return [
    `127.0.0.1:${port} inet n - n - - smtpd`,
    'pickup unix n - n 60 1 pickup',
    'cleanup unix n - n - 0 cleanup',
    'qmgr unix n - n 1 1 qmgr',
    'rewrite unix - - n - - trivial-rewrite',
    'bounce unix - - n - 0 bounce',
    'defer unix - - n - 0 bounce',
    'trace unix - - n - 0 bounce',
    'verify unix - - n - 1 verify',
    'flush unix n - n 1000? 0 flush',
    'proxymap unix - - n - - proxymap',
    'proxywrite unix - - n - 1 proxymap',
    'smtp unix - - n - - smtp',
    'relay unix - - n - - smtp',
    'showq unix n - n - - showq',
    'error unix - - n - - error',
    'retry unix - - n - - error',
    'discard unix - - n - - discard',
    'virtual unix - n n - - virtual',
    'anvil unix - - n - 1 anvil',
    'postlog unix-dgram n - n - 1 postlogd',
    '',
  ].join('\n');
}
