// Makes each deliberate mistake of test/mutations/list.json in a copy of the project, and sees the named test pass before and fail after it.
// node scripts/mutations.ts [part of a mistake's words]   exit status 1 when a mistake was not noticed
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MUTATIONS, type Mutation } from '../test/mutations/mutations.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const COPIED = ['src', 'test', 'prisma', 'scripts', 'image', 'bench', 'bin', 'docs', 'deploy'];
const COPIED_FILES = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'vitest.config.ts',
  'README.md',
  '.env.example',
];

async function copyProject(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'shellbox-mutation-'));
  for (const name of [...COPIED, ...COPIED_FILES])
    await cp(join(ROOT, name), join(copy, name), { recursive: true }).catch(() => undefined);
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

const passed = new Set<string>();

/** Whether the test passes in the copy as it stands. */
async function passes(copy: string, { test, title }: Mutation): Promise<boolean> {
  const argv = ['run', test, ...(title === undefined ? [] : ['-t', title]), '--maxWorkers', '1', '--bail', '1'];
  return (await statusOf(join(copy, 'node_modules', '.bin', 'vitest'), argv, copy)) === 0;
}

/** True when the test, which passes without the mistake, fails with it. */
async function isNoticed(copy: string, mutation: Mutation): Promise<boolean> {
  const { file, find, replace, test, title = '' } = mutation;
  const path = join(copy, file);
  const text = await readFile(path, 'utf8');
  if (text.split(find).length !== 2) throw new Error(`${file} does not hold this once: ${find}`);
  const key = `${test} ${title}`;
  if (!passed.has(key) && !(await passes(copy, mutation))) throw new Error(`${key} fails by itself`);
  passed.add(key);
  await writeFile(
    path,
    text.replace(find, () => replace),
  );
  try {
    return !(await passes(copy, mutation));
  } finally {
    await writeFile(path, text);
  }
}

function statusOf(file: string, argv: readonly string[], cwd: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, argv, { cwd, stdio: 'ignore' });
    child.once('error', reject);
    child.once('exit', resolve);
  });
}

const wanted = process.argv[2] ?? '';
const chosen = MUTATIONS.filter(({ mistake }) => mistake.includes(wanted));
const copy = await copyProject();
let unnoticed = 0;
try {
  for (const mutation of chosen) {
    const began = performance.now();
    const noticed = await isNoticed(copy, mutation);
    if (!noticed) unnoticed += 1;
    const seconds = Math.round((performance.now() - began) / 1000);
    process.stdout.write(
      `${noticed ? 'noticed' : 'NOT NOTICED'}  ${mutation.mistake}  (${mutation.test}, ${seconds} s)\n`,
    );
  }
} finally {
  await rm(copy, { recursive: true, force: true });
}
process.stdout.write(`${chosen.length - unnoticed} of ${chosen.length} mistakes noticed\n`);
process.exitCode = unnoticed === 0 ? 0 : 1;
