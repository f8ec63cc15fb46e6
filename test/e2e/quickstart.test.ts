// npm run quickstart -- --once, as it is typed: a real box, a real log-in, and nothing left; also after a kill -9 in the middle.
import { type ChildProcess, spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import Docker from 'dockerode';
import { describe, expect, onTestFinished, test } from 'vitest';
import { processesIn } from '../embedded/processes.ts';
import { eventually } from '../support/eventually.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = '/var/tmp';
const docker = new Docker();

interface Run {
  child: ChildProcess;
  /** What it has said so far, both streams. */
  text(): string;
  /** Resolves with the exit status. */
  ended: Promise<number | null>;
}

function quickstart(): Run {
  const { PATH = '', HOME = '/root' } = process.env;
  const child = spawn('npm', ['run', 'quickstart', '--', '--once'], {
    cwd: ROOT,
    env: { PATH, HOME },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => {
      text += data;
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  onTestFinished(() => killAll(child));
  return { child, text: () => text, ended };
}

/** npm, its shell and the quickstart are one process group of ours. */
function killAll({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  process.kill(-pid, 'SIGKILL');
}

const folderOf = (run: Run): string => /\/var\/tmp\/(shellbox-quickstart-\w+)/.exec(run.text())?.[1] ?? '';

/** The installation's id is in the names of its containers; ports tell which container is this run's. */
async function containerAt(port: string): Promise<Docker.ContainerInfo | undefined> {
  const all = await docker.listContainers({ all: true });
  return all.find(({ Ports }) => Ports.some(({ PublicPort }) => String(PublicPort) === port));
}

function portOf(run: Run): string {
  return /ssh -p (\d+) dev@127\.0\.0\.1/.exec(run.text())?.[1] ?? '';
}

describe('quickstart --once', { timeout: 300_000 }, () => {
  test('shows what a person types and sees, logs in for real, and leaves nothing behind', async () => {
    const run = quickstart();
    expect(await run.ended, run.text()).toBe(0);
    const text = run.text();
    expect(text).toMatch(/^\$ ssh -F \S+ -p \d+ 127\.0\.0\.1 spinup mybox$/m);
    expect(text).toMatch(/^✓ home volume, 10 GiB +\d/m);
    expect(text).toMatch(/^\$ ssh -F \S+ -p \d+ dev@127\.0\.0\.1 /m);
    expect(text).toMatch(/^dev on mybox$/m);
    expect(text).toContain('✓ logged in with OpenSSH, host keys checked');
    expect(text).toContain('mybox is destroyed');
    expect(text).not.toContain('StrictHostKeyChecking=no');
    expect(text).not.toMatch(/^\{"level"/m);
    expect(await readdir(FOLDER)).not.toContain(folderOf(run));
    expect(await processesIn(`${FOLDER}/${folderOf(run)}`)).toEqual([]);
    expect(await containerAt(portOf(run))).toBeUndefined();
  });

  test('after kill -9 of one in the middle the next one takes away what it left, and works', async () => {
    const killed = quickstart();
    const said = () => /mybox is ready/.test(killed.text()) || undefined;
    await eventually('the box is ready', said, 200_000);
    const port = portOf(killed);
    const made = await containerAt(port);
    expect(made).toBeDefined();
    killAll(killed.child);
    await killed.ended;
    expect(await readdir(FOLDER)).toContain(folderOf(killed));
    const next = quickstart();
    expect(await next.ended, next.text()).toBe(0);
    expect(next.text()).toMatch(/✓ removed what \d+ killed quickstart\(s\) left/);
    expect(await readdir(FOLDER)).not.toContain(folderOf(killed));
    expect((await docker.listContainers({ all: true })).map(({ Id }) => Id)).not.toContain(made?.Id);
  });
});
