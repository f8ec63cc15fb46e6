// Makes each deliberate mistake of test/mutations/list.json in a copy of the project, and sees the named test pass before and fail after it.
// node scripts/mutations.ts [part of a mistake's words]   exit status 1 when a mistake was not noticed
import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
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

const reportSchema = z.object({
  testResults: z.array(
    z.object({
      status: z.string(),
      assertionResults: z.array(z.object({ status: z.string(), fullName: z.string() })),
    }),
  ),
});

/** Titles of the tests of this file that fail in the copy as it stands; the file's own name when it cannot be run at all. */
async function failuresIn(copy: string, test: string): Promise<string[]> {
  const output = join(copy, 'report.json');
  await rm(output, { force: true });
  const argv = ['run', test, '--maxWorkers', '1', '--reporter', 'json', '--outputFile', output];
  await ended(spawn(join(copy, 'node_modules', '.bin', 'vitest'), argv, { cwd: copy, stdio: 'ignore' }));
  const { testResults } = reportSchema.parse(JSON.parse(await readFile(output, 'utf8')));
  return testResults.flatMap(({ status, assertionResults }) => {
    const failed = assertionResults.filter((result) => result.status === 'failed').map(({ fullName }) => fullName);
    return failed.length === 0 && status === 'failed' ? [test] : failed;
  });
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => resolve());
  });
}

const sound = new Set<string>();

/** Whether the named test, in a file that passes without the mistake, fails with it. */
async function isNoticed(copy: string, { file, find, replace, test, title = '' }: Mutation): Promise<boolean> {
  const path = join(copy, file);
  const text = await readFile(path, 'utf8');
  if (text.split(find).length !== 2) throw new Error(`${file} does not hold this once: ${find}`);
  if (!sound.has(test)) {
    const failures = await failuresIn(copy, test);
    if (failures.length > 0) throw new Error(`${test} fails by itself: ${failures.join(', ')}`);
    sound.add(test);
  }
  await writeFile(
    path,
    text.replace(find, () => replace),
  );
  try {
    const failures = await failuresIn(copy, test);
    return failures.some((failure) => failure === test || failure.includes(title));
  } finally {
    await writeFile(path, text);
  }
}

const wanted = process.argv[2] ?? '';
const chosen = MUTATIONS.filter(({ mistake }) => mistake.includes(wanted));
const copy = await copyProject();
let unnoticed = 0;
try {
  for (const mutation of chosen) {
    const began = performance.now();
    const noticed = await isNoticed(copy, mutation).catch((error: unknown) => {
      process.stdout.write(`${String(error)}\n`);
      return false;
    });
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
