// A box for the gateway: Debian's own OpenSSH server on a loopback port, with one host key and the gateway's key.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateHostKey } from '../../../src/bots/ssh/host-keys.ts';
import { freePort } from '../../support/free-port.ts';

export interface BoxSshd {
  host: string;
  port: number;
  hostPublicKey: string;
  stop(): Promise<void>;
}

/** The log-in is root's: sshd started by root lets in whoever has an account, and a test makes none. */
export const BOX_USER = 'root';

export async function startBoxSshd(
  authorizedKeys: readonly string[],
  settings: readonly string[] = [],
): Promise<BoxSshd> {
  const folder = mkdtempSync(join(tmpdir(), 'shellbox-sshd-'));
  chmodSync(folder, 0o755);
  mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const key = generateHostKey();
  writeFileSync(join(folder, 'host_key'), key.privateKey.reveal(), { mode: 0o600 });
  writeFileSync(join(folder, 'authorized_keys'), `${authorizedKeys.join('\n')}\n`, { mode: 0o644 });
  const port = await freePort();
  const lines = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(folder, 'host_key')}`,
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    `PidFile ${join(folder, 'pid')}`,
    'PermitRootLogin prohibit-password',
    'AuthenticationMethods publickey',
    'UsePAM no',
    'StrictModes no',
    'MaxSessions 100',
    'MaxStartups 100:30:300',
    'PrintMotd no',
    'PrintLastLog no',
    'AcceptEnv SHELLBOX_FROM',
    'Subsystem sftp internal-sftp',
    ...settings,
  ];
  writeFileSync(join(folder, 'config'), `${lines.join('\n')}\n`);
  execFileSync('/usr/sbin/sshd', ['-t', '-f', join(folder, 'config')]);
  const server = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', join(folder, 'config')], {
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  await answers(port);
  return {
    host: '127.0.0.1',
    port,
    hostPublicKey: key.publicKey,
    async stop() {
      await ended(server);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function answers(port: number): Promise<void> {
  for (const deadline = Date.now() + 10_000; ; ) {
    const up = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('data', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('data', () => socket.destroy());
    });
    if (up) return;
    if (Date.now() > deadline) throw new Error('sshd does not answer');
  }
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}
