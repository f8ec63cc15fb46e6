// A machine beyond this host, for tests: a network namespace with addresses of its own and a listener. Nothing leaves this machine.
import { type ChildProcess, spawn } from 'node:child_process';
import { runOnHost } from '../../../src/providers/docker/host-command.ts';
import { nextPort, within } from './docker-host.ts';

export interface Outside {
  port: number;
  remove(): Promise<void>;
}

export const onHost = (file: string, ...argv: string[]) => runOnHost({ file, argv, signal: within(20_000).signal });

/** `id`: 8 characters at most, unique on this machine. The last number of the first address is not 65, which is this host's side. */
export async function makeOutside(id: string, addresses: readonly string[]): Promise<Outside> {
  const [space, near, far] = [`sbt-${id}`, `sbtn-${id}`, `sbtf-${id}`];
  await onHost('ip', 'netns', 'add', space);
  let child: ChildProcess | undefined;
  const remove = async () => {
    child?.kill();
    await onHost('ip', 'netns', 'delete', space);
  };
  try {
    await onHost('ip', 'link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', space);
    await onHost('ip', 'address', 'add', '198.51.100.65/28', 'dev', near);
    await onHost('ip', 'link', 'set', near, 'up');
    await onHost('ip', '-n', space, 'link', 'set', far, 'up');
    for (const address of addresses) {
      await onHost('ip', '-n', space, 'address', 'add', `${address}/28`, 'dev', far);
      await onHost('ip', 'route', 'replace', `${address}/32`, 'dev', near);
    }
    await onHost('ip', '-n', space, 'route', 'replace', 'default', 'via', '198.51.100.65');
    const port = nextPort();
    const program = `require('node:net').createServer((s) => s.end()).listen(${port}, '0.0.0.0', () => console.log('up'))`;
    child = spawn('ip', ['netns', 'exec', space, process.execPath, '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => child?.stdout?.once('data', resolve));
    return { port, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
