// A box made straight from the image, as the provider specifies it, and the real OpenSSH client into it.
import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import { BOX_SSH_PORT, BOX_SUDO_ENV } from '../../../src/providers/docker/image.ts';
import { boxArchive } from '../../../src/providers/docker/image-archive.ts';
import { BOX_PATHS, greetingText } from '../../../src/providers/shared/box-system.ts';

export const IMAGE = 'shellbox-box:latest';
export const docker = new Docker();

const CAPABILITIES = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'SETUID', 'SETGID', 'SETFCAP', 'KILL', 'SYS_CHROOT'];
const MORE_CAPABILITIES = ['AUDIT_WRITE', 'NET_BIND_SERVICE'];
const BANNER_DEADLINE_MS = 15_000;

export async function engineAnswers(): Promise<boolean> {
  try {
    await docker.ping();
    return true;
  } catch {
    return false;
  }
}

export interface Key {
  /** The private key's file. */
  file: string;
  privateKey: string;
  publicKey: string;
}

/** Keys and known_hosts files of one test file; `remove` deletes them. */
export async function makeKeyRing() {
  const dir = await mkdtemp(join(tmpdir(), 'shellbox-image-'));
  const make = async (name: string): Promise<Key> => {
    const file = join(dir, name);
    await promisify(execFile)('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file]);
    return {
      file,
      privateKey: await readFile(file, 'utf8'),
      publicKey: (await readFile(`${file}.pub`, 'utf8')).trim(),
    };
  };
  const knownHosts = async (port: number, hostKey: Key): Promise<string> => {
    const file = join(dir, `known_hosts-${port}-${randomUUID()}`);
    await writeFile(file, `[127.0.0.1]:${port} ${hostKey.publicKey}\n`);
    return file;
  };
  return { dir, make, knownHosts, remove: () => rm(dir, { recursive: true, force: true }) };
}

export interface BoxOptions {
  volume: string;
  sudo: boolean;
  hostKey?: Key;
  authorizedKeys?: readonly Key[];
}

export const put = (
  container: Docker.Container,
  file: { path: string; mode: number; uid: number; gid: number },
  text: string,
) => container.putArchive(boxArchive([{ ...file, text }]), { path: '/' });

/** Creates the container, fills in its files, starts it. */
export async function startBox({ volume, sudo, hostKey, authorizedKeys = [] }: BoxOptions): Promise<Docker.Container> {
  const container = await docker.createContainer({
    Image: IMAGE,
    Hostname: 'testbox',
    Env: [`${BOX_SUDO_ENV}=${sudo ? 1 : 0}`],
    Labels: { 'shellbox.test': 'image' },
    ExposedPorts: { [`${BOX_SSH_PORT}/tcp`]: {} },
    HostConfig: {
      Init: true,
      Memory: 512 * 1024 * 1024,
      PidsLimit: 256,
      CapDrop: ['ALL'],
      CapAdd: [...CAPABILITIES, ...MORE_CAPABILITIES],
      SecurityOpt: sudo ? [] : ['no-new-privileges'],
      Mounts: [{ Type: 'volume', Source: volume, Target: BOX_PATHS.home.path }],
      PortBindings: { [`${BOX_SSH_PORT}/tcp`]: [{ HostIp: '127.0.0.1', HostPort: '' }] },
    },
  });
  if (hostKey !== undefined) await put(container, BOX_PATHS.hostKey, hostKey.privateKey);
  await put(container, BOX_PATHS.authorizedKeys, authorizedKeys.map((key) => `${key.publicKey}\n`).join(''));
  await put(container, BOX_PATHS.greeting, greetingText({ name: 'testbox', stopNote: 'stops after 60 idle minutes' }));
  await container.start();
  return container;
}

const banner = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket
      .once('data', () => answer(true))
      .once('error', () => answer(false))
      .once('close', () => answer(false));
  });

/** The host port of the box's sshd, once it greets. */
export async function sshPort(container: Docker.Container): Promise<number> {
  const { NetworkSettings } = await container.inspect();
  const port = Number(NetworkSettings.Ports[`${BOX_SSH_PORT}/tcp`]?.[0]?.HostPort);
  const deadlineMs = performance.now() + BANNER_DEADLINE_MS;
  while (!(await banner(port))) {
    if (performance.now() > deadlineMs) throw new Error(`no SSH banner on port ${port} in ${BANNER_DEADLINE_MS} ms`);
  }
  return port;
}

interface Ran {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a program of the host with `input` as its standard input. */
export function run(command: string, argv: readonly string[], input = ''): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, argv, { timeout: 20_000 });
    const ran: Ran = { status: null, stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      ran.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      ran.stderr += text;
    });
    child.once('error', reject).once('close', (status) => resolve({ ...ran, status }));
    child.stdin.end(input);
  });
}

/** Options of every ssh and scp here: host key checking on, one key, nothing of the machine's own settings. */
export const sshOptions = (key: Key, knownHosts: string): string[] => [
  ...['-F', 'none', '-o', 'StrictHostKeyChecking=yes', '-o', `UserKnownHostsFile=${knownHosts}`],
  ...['-o', 'GlobalKnownHostsFile=/dev/null', '-o', 'IdentitiesOnly=yes', '-o', 'IdentityAgent=none', '-i', key.file],
];

/** What `command` prints in a throw-away container of the image, without its entry point; standard output only. */
export async function printedInImage(script: string, mounts: Docker.MountSettings[] = []): Promise<string> {
  const container = await docker.createContainer({
    Image: IMAGE,
    Entrypoint: ['/bin/sh', '-c', script],
    Labels: { 'shellbox.test': 'image' },
    Tty: true,
    HostConfig: { Mounts: mounts },
  });
  try {
    await container.start();
    await container.wait();
    return (await container.logs({ stdout: true, follow: false })).toString('utf8').replaceAll('\r\n', '\n');
  } finally {
    await container.remove({ force: true });
  }
}
