// A person with OpenSSH: a key and a configuration of their own, so that nobody's ~/.ssh is touched, and host keys always checked.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Said {
  status: number;
  /** Standard output alone. */
  stdout: string;
}

export interface Person {
  /** How every line begins that this person types: `ssh -F …`. */
  ssh: string;
  /** Adds a line to known_hosts, in place of an older one for the same address. */
  trust(line: string): Promise<void>;
  /** Types `ssh -F … <words>`; the line and what comes back are shown as they come. */
  type(words: readonly string[], signal: AbortSignal): Promise<Said>;
}

export async function makePerson(folder: string, show: (text: string) => void): Promise<Person> {
  const [key, knownHosts, config] = ['id_ed25519', 'known_hosts', 'ssh_config'].map((name) => join(folder, name));
  if (key === undefined || knownHosts === undefined || config === undefined) throw new Error('unreachable');
  if (!existsSync(key)) await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'quickstart', '-f', key]);
  await writeFile(config, configText(key, knownHosts), { mode: 0o600 });
  const ssh = `ssh -F ${quoted(config)}`;
  return {
    ssh,
    async trust(line) {
      const [host] = line.split(' ');
      const before = existsSync(knownHosts) ? (await readFile(knownHosts, 'utf8')).split('\n') : [];
      const others = before.filter((other) => other !== '' && other.split(' ')[0] !== host);
      await writeFile(knownHosts, `${[...others, line].join('\n')}\n`, { mode: 0o600 });
    },
    type(words, signal) {
      show(`$ ${ssh} ${words.map(quoted).join(' ')}\n`);
      return run('ssh', ['-F', config, ...words], { show, signal });
    },
  };
}

/** ssh_config(5): `%` begins a token there. */
function configText(key: string, knownHosts: string): string {
  const path = (text: string): string => `"${text.replaceAll('%', '%%')}"`;
  return [
    'Host *',
    `  IdentityFile ${path(key)}`,
    '  IdentitiesOnly yes',
    '  IdentityAgent none',
    `  UserKnownHostsFile ${path(knownHosts)}`,
    '  GlobalKnownHostsFile /dev/null',
    '  StrictHostKeyChecking yes',
    '  UpdateHostKeys no',
    '  PreferredAuthentications publickey',
    '  ConnectTimeout 20',
    '',
  ].join('\n');
}

/** As a POSIX shell reads it back. */
function quoted(word: string): string {
  return /^[A-Za-z0-9_./:@=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function run(
  file: string,
  args: readonly string[],
  { show, signal }: { show?: (text: string) => void; signal?: AbortSignal } = {},
): Promise<Said> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], ...(signal && { signal }) });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      show?.(text);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => show?.(text));
    child.once('error', reject);
    child.once('close', (status) => resolve({ status: status ?? 1, stdout }));
  });
}
