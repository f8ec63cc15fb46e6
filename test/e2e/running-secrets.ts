// What other users of the machine, and people in a box, can read of running programs: command lines, environments, and what the engine tells of a container.
import { readdir, readFile } from 'node:fs/promises';
import { run } from '../support/program.ts';

/** The command lines of all processes, which every user of the machine may read. */
export async function commandLines(): Promise<string> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  // A process may have ended meanwhile.
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')));
  return lines.join('\n').replaceAll('\0', ' ');
}

/** All that the engine knows of the installation's containers, their consoles, and the environment and command line of each process in them. */
export async function insideBoxes(installId: string): Promise<string> {
  const { stdout: names } = await run('docker', [
    'ps',
    '-a',
    '--filter',
    `name=sb-${installId}-`,
    '--format',
    '{{.Names}}',
  ]);
  const texts: string[] = [];
  for (const name of names.split('\n').filter((line) => line !== '')) {
    const looks = await Promise.all([
      run('docker', ['inspect', name]),
      run('docker', ['logs', name]),
      run('docker', [
        'exec',
        '-u',
        'root',
        name,
        'sh',
        '-c',
        'cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null',
      ]),
    ]);
    texts.push(name, ...looks.map(({ stdout, stderr }) => stdout + stderr));
  }
  return texts.join('\n').replaceAll('\0', ' ');
}
