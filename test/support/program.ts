// The real program as a user starts it: `shellbox start` on embedded defaults with its own data directory and free ports, and real OpenSSH clients.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { removeOnce } from '../../scripts/quickstart/leftovers.ts';
import { freePort } from './free-port.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const START_DEADLINE_MS = 120_000;

export interface Ran {
  status: number;
  stdout: string;
  stderr: string;
}

export interface Program {
  sshPort: number;
  httpPort: number;
  dataDir: string;
  installId: string;
  /** A folder for keys and configurations of the test's clients. */
  home: string;
  knownHosts: string;
  pid(): number;
  /** All that it has printed so far, on both streams. */
  printed(): string;
  start(): Promise<void>;
  kill(signal: NodeJS.Signals): Promise<void>;
  /** A new key pair; the path of its private half. */
  key(name: string): Promise<string>;
  /** `ssh … shellbox@127.0.0.1 <command>` with that key. */
  say(key: string, command: string): Promise<Ran>;
  /** `ssh … <user>@127.0.0.1 <arguments>` at the door. */
  ssh(key: string, user: string, args: readonly string[]): Promise<Ran>;
  /** Adds lines to the known_hosts file that all clients use. */
  trust(line: string): Promise<void>;
  /** `clientOptions` with the program's own host keys. */
  options(key: string): string[];
  close(): Promise<void>;
}

export async function openProgram(environment: Readonly<Record<string, string>> = {}): Promise<Program> {
  const root = await mkdtemp(join(tmpdir(), 'shellbox-e2e-'));
  // So that the database's user can enter it: the database would lie in /var/lib otherwise, and stay there.
  await chmod(root, 0o755);
  const [home, dataDir] = [join(root, 'home'), join(root, 'data')];
  await mkdir(home);
  const [sshPort, httpPort] = [await freePort(), await freePort()];
  const ports = 20_000 + Math.floor(Math.random() * 9000);
  const installId = `e${randomBytes(4).toString('hex').slice(1)}`;
  const knownHosts = join(home, 'known_hosts');
  const trusted = new Set<string>();
  let child: ChildProcess | undefined;
  let printed = '';

  async function trust(line: string): Promise<void> {
    trusted.add(line.trim());
    await writeFile(knownHosts, `${[...trusted].join('\n')}\n`);
  }

  async function start(): Promise<void> {
    const started = spawn(process.execPath, [MAIN, 'start'], {
      env: {
        PATH: process.env.PATH,
        SHELLBOX_DATA_DIR: dataDir,
        SHELLBOX_INSTALL_ID: installId,
        SSH_LISTEN: `127.0.0.1:${sshPort}`,
        SHELLBOX_PORT: String(httpPort),
        SSH_SIGNUP: 'open',
        DESTROY_KEEP_HOURS: '0',
        BOX_PORTS: `${ports}-${ports + 50}`,
        LOG_LEVEL: 'warn',
        ...environment,
      },
      cwd: home,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [started.stdout, started.stderr])
      stream?.on('data', (data: Buffer) => {
        printed += data.toString();
      });
    if (environment.LOG_LEVEL === undefined) started.stderr?.pipe(process.stderr);
    child = started;
    const line = await announced(started, sshPort);
    await trust(line);
  }

  async function kill(signal: NodeJS.Signals): Promise<void> {
    const running = child;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const gone = new Promise((resolve) => running.once('exit', resolve));
    running.kill(signal);
    await gone;
  }

  const options = (key: string): string[] => clientOptions(key, knownHosts);
  const ssh = (key: string, user: string, args: readonly string[]): Promise<Ran> =>
    run('ssh', [...options(key), '-p', String(sshPort), `${user}@127.0.0.1`, ...args]);

  await start();
  return {
    sshPort,
    httpPort,
    dataDir,
    installId,
    home,
    knownHosts,
    pid: () => child?.pid ?? 0,
    printed: () => printed,
    start,
    kill,
    async key(name) {
      const path = join(home, name);
      await promisify(execFile)('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', `${name}@test`, '-f', path]);
      return path;
    },
    say: (key, command) => ssh(key, 'shellbox', [command]),
    ssh,
    trust,
    options,
    async close() {
      await kill('SIGTERM');
      // Networks and packet rules are the engine's and the host's: left behind, they would use both up after some runs.
      await removeOnce({ dataDir, installId, dockerHost: undefined });
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** With which every OpenSSH client of a test runs: nothing from the user's own files, host keys checked. */
export function clientOptions(key: string, knownHosts: string): string[] {
  return [
    ...['-F', '/dev/null', '-i', key, '-o', 'IdentitiesOnly=yes', '-o', 'BatchMode=yes'],
    ...['-o', 'StrictHostKeyChecking=yes', '-o', `UserKnownHostsFile=${knownHosts}`],
  ];
}

/** Runs a client to its end; never rejects because of its exit status. */
export function run(file: string, args: readonly string[], input = ''): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const ran = { stdout: '', stderr: '' };
    child.stdout.on('data', (data: Buffer) => {
      ran.stdout += data.toString();
    });
    child.stderr.on('data', (data: Buffer) => {
      ran.stderr += data.toString();
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ ...ran, status: code ?? -1 }));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

/** The door's known_hosts line, which the program prints once it is open. */
function announced(child: ChildProcess, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(() => reject(new Error(`not started: ${output}`)), START_DEADLINE_MS);
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${output}`)));
    child.stdout?.on('data', (data: Buffer) => {
      output += data.toString();
      const found = new RegExp(`\\[127\\.0\\.0\\.1\\]:${port} ssh-ed25519 \\S+`).exec(output);
      if (found === null) return;
      clearTimeout(timer);
      resolve(found[0]);
    });
  });
}
