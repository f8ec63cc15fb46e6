// The release before this one (`previous` holds its commit), checked out of our own history and started beside this one.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Laboratory } from './laboratory.ts';
import type { Role } from './member.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const GENERATE_MS = 60_000;
const run = promisify(execFile);

export const PREVIOUS = readFileSync(new URL('previous', import.meta.url), 'utf8').trim();

/** Whether its commit is here: a clone without history, or a release without one, has it not. */
export async function hasPrevious(): Promise<boolean> {
  return run('git', ['-C', ROOT, 'cat-file', '-e', `${PREVIOUS}^{commit}`]).then(
    () => true,
    () => false,
  );
}

export interface PreviousRelease {
  launch(lab: Laboratory, role: Role): Promise<OldMember>;
  remove(): Promise<void>;
}

export interface OldMember {
  role: Role;
  kill(signal: NodeJS.Signals): void;
  /** Resolves with its exit status. */
  gone: Promise<number | null>;
}

const readySchema = z.object({ inbound: z.string().optional() });

/** Its files in a folder of their own, with our packages and the client of its own schema. */
export async function checkOutPrevious(): Promise<PreviousRelease> {
  const folder = await mkdtemp(join(tmpdir(), 'sb-previous-'));
  const archive = join(folder, 'release.tar');
  const tree = join(folder, 'tree');
  await mkdir(tree);
  await run('git', ['-C', ROOT, 'archive', '--output', archive, PREVIOUS]);
  await run('tar', ['-xf', archive, '-C', tree]);
  await symlink(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
  await run(join(ROOT, 'node_modules/.bin/prisma'), ['generate'], {
    cwd: tree,
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true' },
    timeout: GENERATE_MS,
  });
  return {
    async launch(lab, role) {
      const settings = JSON.stringify({ ...lab.places, log: process.env.LAB_LOG ?? 'fatal' });
      const service = join(tree, 'test/fakes/service.ts');
      const child = spawn(process.execPath, [service, role, settings], { stdio: ['ignore', 'pipe', 'inherit'] });
      const gone = once(child, 'exit').then(([status]) => z.number().nullable().parse(status));
      const [line] = await Promise.race([
        once(createInterface({ input: child.stdout }), 'line'),
        gone.then(() => Promise.reject(new Error('The earlier release ended before it was ready.'))),
      ]);
      const { inbound } = readySchema.parse(JSON.parse(String(line)));
      if (inbound !== undefined) lab.welcome(inbound, gone);
      return { role, kill: (signal) => void child.kill(signal), gone };
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
