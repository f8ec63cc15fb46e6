// Debian's own OpenSSH client: runs it with one key, one known_hosts file, and host keys always checked.
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fingerprintOf } from '../../../src/accounts/keys.ts';

export interface Ran {
  status: number | null;
  out: string;
  err: string;
}

export interface OpenSsh {
  folder: string;
  fingerprint: string;
  publicKey: string;
  knowHost(host: string, port: number, hostKey: string): void;
  /** Options that every program of OpenSSH takes. */
  options(port?: number): string[];
  /** An `ssh_config` file with these options, for programs that call ssh themselves. */
  configFile(more: readonly string[]): string;
  start(program: string, args: readonly string[]): Running;
  run(program: string, args: readonly string[], input?: string | Buffer): Promise<Ran>;
  remove(): void;
}

export interface Running {
  child: ChildProcessWithoutNullStreams;
  /** What came so far. */
  out(): string;
  err(): string;
  ended: Promise<Ran>;
  /** Resolves when standard output or error holds `text`. */
  says(text: string | RegExp): Promise<void>;
}

const DEADLINE_MS = 20_000;

/** `makeKey` are the arguments of ssh-keygen; ed25519 by default. */
export function createOpenSsh(makeKey: readonly string[] = ['-t', 'ed25519']): OpenSsh {
  const folder = mkdtempSync(join(tmpdir(), 'shellbox-ssh-'));
  const key = join(folder, 'key');
  execFileSync('ssh-keygen', ['-q', '-N', '', '-C', 'ana@laptop', '-f', key, ...makeKey]);
  const publicKey = readFileSync(`${key}.pub`, 'utf8').trim();
  const knownHosts = join(folder, 'known_hosts');
  writeFileSync(knownHosts, '');
  const settings = [
    ['IdentityFile', key],
    ['IdentitiesOnly', 'yes'],
    ['UserKnownHostsFile', knownHosts],
    ['GlobalKnownHostsFile', '/dev/null'],
    ['StrictHostKeyChecking', 'yes'],
    ['BatchMode', 'yes'],
    ['LogLevel', 'ERROR'],
  ] as const;

  function start(program: string, args: readonly string[]): Running {
    const child = spawn(program, args, { env: { PATH: process.env.PATH ?? '', TERM: 'xterm', LANG: 'C.UTF-8' } });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    const watchers = new Set<() => void>();
    const note = (list: Buffer[]) => (data: Buffer) => {
      list.push(data);
      for (const watcher of watchers) watcher();
    };
    child.stdout.on('data', note(out));
    child.stderr.on('data', note(err));
    child.stdin.on('error', () => {});
    const text = (list: Buffer[]): string => Buffer.concat(list).toString('utf8');
    const deadline = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
    const ended = new Promise<Ran>((resolve) => {
      child.once('close', (status) => {
        clearTimeout(deadline);
        for (const watcher of watchers) watcher();
        resolve({ status, out: text(out), err: text(err) });
      });
    });
    function says(wanted: string | RegExp): Promise<void> {
      return new Promise((resolve, reject) => {
        const look = (): void => {
          const all = text(out) + text(err);
          if (typeof wanted === 'string' ? all.includes(wanted) : wanted.test(all)) {
            watchers.delete(look);
            resolve();
          } else if (child.exitCode !== null) reject(new Error(`ended without saying ${wanted}: ${all}`));
        };
        watchers.add(look);
        look();
      });
    }
    return { child, out: () => text(out), err: () => text(err), ended, says };
  }

  return {
    folder,
    publicKey,
    fingerprint: fingerprintOf(publicKey),
    start,
    knowHost(host, port, hostKey) {
      writeFileSync(knownHosts, `${port === 22 ? host : `[${host}]:${port}`} ${hostKey}\n`, { flag: 'a' });
    },
    options(port) {
      const flags = ['-F', '/dev/null', ...settings.flatMap(([name, value]) => ['-o', `${name}=${value}`])];
      return port === undefined ? flags : [...flags, '-o', `Port=${port}`];
    },
    configFile(more) {
      const path = join(folder, 'config');
      writeFileSync(
        path,
        `${[...more, 'Host *', ...settings.map(([name, value]) => `${name} ${value}`)].join('\n')}\n`,
      );
      return path;
    },
    run(program, args, input = '') {
      const running = start(program, args);
      running.child.stdin.end(input);
      return running.ended;
    },
    remove() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
