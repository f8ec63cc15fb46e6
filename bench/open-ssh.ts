// The real OpenSSH client with strict host key checking, as somebody would paste it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface LogIn {
  host: string;
  port: number;
  user: string;
  /** Path of the private key. */
  identity: string;
  /** Path of a file with the host's line. */
  knownHosts: string;
}

/** Runs `true` over there; the exit status of ssh. */
export async function sshTrue({ host, port, user, identity, knownHosts }: LogIn): Promise<number | null> {
  const options = {
    StrictHostKeyChecking: 'yes',
    UserKnownHostsFile: knownHosts,
    GlobalKnownHostsFile: '/dev/null',
    IdentitiesOnly: 'yes',
    BatchMode: 'yes',
    LogLevel: 'QUIET',
  };
  const words = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const argv = ['-F', 'none', ...words, '-i', identity, '-p', String(port), `${user}@${host}`, 'true'];
  const [status] = await once(spawn('ssh', argv, { stdio: 'ignore' }), 'exit');
  return typeof status === 'number' ? status : null;
}
