// The real OpenSSH client of a person: a key, and the host keys that it was told of.
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientOptions, type Ran, run } from '../support/program.ts';

export interface SshClient {
  publicKey: string;
  knownHosts: string;
  trust(line: string): Promise<void>;
  /** `ssh <options> <arguments>`, with nothing of the user's own files. */
  ssh(...args: readonly string[]): Promise<Ran>;
  close(): Promise<void>;
}

export async function openSshClient(): Promise<SshClient> {
  const folder = await mkdtemp(join(tmpdir(), 'shellbox-client-'));
  const [key, knownHosts] = [join(folder, 'key'), join(folder, 'known_hosts')];
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'ana@test', '-f', key]);
  await writeFile(knownHosts, '');
  const options = [...clientOptions(key, knownHosts), '-o', 'ConnectTimeout=20'];
  return {
    publicKey: (await readFile(`${key}.pub`, 'utf8')).trim(),
    knownHosts,
    trust: (line) => appendFile(knownHosts, `${line}\n`),
    ssh: (...args) => run('ssh', [...options, ...args]),
    close: () => rm(folder, { recursive: true }),
  };
}
