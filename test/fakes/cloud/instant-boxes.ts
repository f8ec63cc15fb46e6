// Machines that boot in a moment: an SSH server in this process for each, on a loopback address of its own, which knows our programs.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { gunzipSync } from 'node:zlib';
import ssh2, { type Connection, type ServerChannel } from 'ssh2';
import { parse } from 'yaml';
import { z } from 'zod';
import { createInstantWork, type InstantWork } from './instant-work.ts';
import type { Boot, Machines } from './machines.ts';

export interface InstantBox {
  readonly work: InstantWork;
  /** `authorized_keys` lines. */
  keys(): readonly string[];
}

export interface InstantBoxes extends Machines {
  of(id: string): InstantBox | undefined;
  /** Lines that the shell of the machine of the tests ran for people. */
  linesRun(): number;
}

const configSchema = z.object({
  ssh_keys: z.object({ ed25519_private: z.string() }),
  write_files: z.array(z.object({ path: z.string(), content: z.string() })),
});
const PROGRAM = /^sudo -n \/usr\/local\/lib\/shellbox\/([a-z-]+)(?: (.*?))?(?: <\/dev\/null)?$/;
const GIB = 1024 ** 3;

interface Running extends InstantBox {
  server: Server;
  connections: Set<Connection>;
}

export async function openInstantBoxes(): Promise<InstantBoxes> {
  const port = await freePort();
  const running = new Map<string, Running>();
  /** Files of machines, by path, whether they run or not. */
  const disks = new Map<string, Map<string, string>>();
  let booted = 0;
  let linesRun = 0;

  function boot({ id, userData, home }: Boot): string {
    const config = configSchema.parse(parse(userData));
    const files = disks.get(id) ?? filesOf(config);
    disks.set(id, files);
    const work = createInstantWork();
    const connections = new Set<Connection>();
    const server = new ssh2.Server({ hostKeys: [config.ssh_keys.ed25519_private] }, (connection) => {
      connections.add(connection);
      connection.on('close', () => connections.delete(connection));
      connection.on('error', () => undefined);
      serve(connection, { files, work, home, lineRun: () => void linesRun++ });
    });
    booted += 1;
    const address = `127.${64 + (booted >> 16)}.${(booted >> 8) & 255}.${booted & 255}`;
    // As sshd does; otherwise every answer waits for an acknowledgement that is late on purpose.
    const listener = createServer({ noDelay: true }, (socket) => server.injectSocket(socket)).listen(port, address);
    running.set(id, { server: listener, connections, work, keys: () => linesOf(files.get(KEYS) ?? '') });
    return address;
  }

  function halt(id: string): void {
    const box = running.get(id);
    running.delete(id);
    box?.server.close();
    for (const connection of box?.connections ?? []) connection.end();
  }

  return {
    port,
    boot,
    halt,
    remove(id) {
      halt(id);
      disks.delete(id);
    },
    of: (id) => running.get(id),
    linesRun: () => linesRun,
    async close() {
      const servers = [...running.values()].map(({ server }) => once(server, 'close'));
      for (const id of [...running.keys()]) halt(id);
      await Promise.all(servers);
    },
  };
}

const KEYS = '/etc/shellbox/authorized_keys';
const CONTROL_KEYS = '/etc/shellbox/control_keys';

interface Inside {
  files: Map<string, string>;
  work: InstantWork;
  home: Boot['home'];
  lineRun(): void;
}

function serve(connection: Connection, inside: Inside): void {
  connection.on('authentication', (attempt) => {
    const allowed = linesOf(`${inside.files.get(CONTROL_KEYS)}\n${inside.files.get(KEYS)}`).map(
      (line) => line.split(' ')[1],
    );
    const isKnown = attempt.method === 'publickey' && allowed.includes(attempt.key.data.toString('base64'));
    if (attempt.username === 'dev' && isKnown) attempt.accept();
    else attempt.reject(['publickey']);
  });
  connection.on('session', (accept) => {
    accept().on('exec', (acceptRun, _reject, { command }) => {
      const channel: ServerChannel = acceptRun();
      const [, program, rest = ''] = PROGRAM.exec(command) ?? [];
      if (program !== undefined) return void runProgram(program, rest, channel, inside);
      inside.lineRun();
      runHere(command, channel);
    });
  });
}

/** What is no program of ours is run by the shell of the machine of the tests. */
function runHere(line: string, channel: ServerChannel): void {
  const child: ChildProcess = spawn('sh', ['-c', line], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout?.on('data', (data) => channel.write(data));
  child.stderr?.on('data', (data) => channel.stderr.write(data));
  child.on('close', (status, signal) => {
    if (signal === null) channel.exit(status ?? 1);
    else channel.exit(signal.replace(/^SIG/, ''), false, '');
    channel.end();
  });
  channel.on('signal', () => child.kill());
}

async function runProgram(program: string, rest: string, channel: ServerChannel, inside: Inside): Promise<void> {
  const end = (status: number): void => {
    channel.exit(status);
    channel.end();
  };
  const { files, work, home } = inside;
  switch (program) {
    case 'put': {
      const input = await readAll(channel);
      files.set(`/etc/shellbox/${rest.split(' ')[0]}`, input);
      return end(0);
    }
    case 'forget-keys':
      files.set(KEYS, '');
      return end(0);
    case 'facts': {
      const mounted = home();
      const seen = mounted && {
        totalBytes: mounted.sizeGiB * GIB,
        usedBytes: Buffer.byteLength(mounted.disk.text ?? ''),
      };
      channel.write(`${work.facts(seen)}\n`);
      return end(0);
    }
    case 'freeze': {
      channel.write('frozen\n');
      const late = setTimeout(() => channel.emit('late'), Number(rest) * 1000);
      await Promise.race([once(channel, 'data'), once(channel, 'end'), once(channel, 'late')]);
      clearTimeout(late);
      channel.write('thawed\n');
      return end(0);
    }
    default:
      return end(66);
  }
}

async function readAll(channel: ServerChannel): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of channel) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

function filesOf({ write_files }: z.infer<typeof configSchema>): Map<string, string> {
  return new Map(write_files.map(({ path, content }) => [path, gunzipSync(Buffer.from(content, 'base64')).toString()]));
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
