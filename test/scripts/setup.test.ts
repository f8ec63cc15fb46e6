// Set-up in the plainest surroundings: what is missing is listed, and without the right to install it nothing is changed.
import { spawn } from 'node:child_process';
import { chmod, copyFile, cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NOBODY = 65_534;

/** A checkout without node_modules, that everybody may write. */
async function bareCheckout(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'shellbox-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await chmod(folder, 0o777);
  for (const name of ['package.json', 'package-lock.json', 'prisma', 'scripts']) {
    await cp(join(ROOT, name), join(folder, name), { recursive: true });
  }
  return folder;
}

interface Options {
  /** Where programs are looked for, beside the places of system programs that set-up knows itself. */
  path?: string;
  user?: number;
  node?: string;
  env?: Record<string, string>;
}

async function setup(folder: string, args: readonly string[], options: Options = {}) {
  const { path = '/nowhere', user, node = process.execPath, env = {} } = options;
  const child = spawn(node, [join(folder, 'scripts/setup.mjs'), ...args], {
    cwd: '/',
    env: { PATH: path, ...env },
    ...(user === undefined ? {} : { uid: user, gid: user }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => {
      text += data;
    });
  }
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { status, text };
}

describe('set-up', () => {
  test('lists everything that is missing before anything is installed', async () => {
    const folder = await bareCheckout();
    const before = await readdir(folder);
    const { status, text } = await setup(folder, ['--test', '--dry-run']);
    expect(status).toBe(0);
    expect(text).toMatch(/Debian packages .*openssh-client.* redis-server.* rsync/);
    expect(text).toMatch(/npm packages +\d+ of package-lock\.json/);
    expect(text).toMatch(/database client +generated/);
    expect(await readdir(folder)).toEqual(before);
  });

  test('asks for what tests need only when tests are to run', async () => {
    const { text } = await setup(await bareCheckout(), ['--dry-run']);
    expect(text).toContain('openssh-client');
    expect(text).not.toContain('rsync');
  });

  test.runIf(process.getuid?.() === 0)('without root changes nothing, and gives the line that root types', async () => {
    const folder = await bareCheckout();
    // Our own may lie in a folder that only root enters.
    const node = join(folder, 'node');
    await copyFile(process.execPath, node);
    const before = await readdir(folder);
    const { status, text } = await setup(folder, [], { user: NOBODY, node });
    expect(status).toBe(2);
    expect(text).toMatch(/As root: apt-get update && apt-get install -y .*redis-server/);
    expect(await readdir(folder)).toEqual(before);
  });

  test.each([
    ['unix:///nowhere', 'No Docker engine answers at unix:///nowhere, which DOCKER_HOST names.'],
    ['tcp://me:hunter2@127.0.0.1:1', 'No Docker engine answers at tcp://127.0.0.1:1, which DOCKER_HOST names.'],
    ['nowhere', 'DOCKER_HOST is not the address of a Docker engine.'],
  ])('says in words that no engine answers at DOCKER_HOST=%s, and changes nothing', async (DOCKER_HOST, expected) => {
    const folder = await bareCheckout();
    const before = await readdir(folder);
    const { status, text } = await setup(folder, [], { env: { DOCKER_HOST } });
    expect(status).toBe(2);
    expect(text).toContain(expected);
    expect(text).not.toMatch(/^ +at |hunter2/m);
    expect(await readdir(folder)).toEqual(before);
  });

  test('finds nothing to do where everything is there', async () => {
    const { status, text } = await setup(ROOT, ['--test', '--dry-run'], { path: process.env.PATH ?? '' });
    expect({ status, text }).toEqual({ status: 0, text: 'Nothing is missing.\n' });
  });
});
