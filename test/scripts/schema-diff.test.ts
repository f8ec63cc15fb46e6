// What the script for authors of migrations takes and refuses; what it prints is compared with the migrations in test/store/migrate.test.ts.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DEADLINE_MS = 60_000;

function schemaDiff(args: readonly string[], env: NodeJS.ProcessEnv) {
  const argv = ['scripts/schema-diff.ts', ...args];
  return spawnSync(process.execPath, argv, { cwd: ROOT, env, encoding: 'utf8', timeout: DEADLINE_MS });
}

test('an argument that it does not know is named, with how it is used, and nothing is printed as SQL', () => {
  const { status, stdout, stderr } = schemaDiff(['--from-empty'], { DATABASE_URL: 'postgres://127.0.0.1:1/none' });
  expect(status).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toContain('Unknown argument: --from-empty');
  expect(stderr).toContain('node scripts/schema-diff.ts');
});

test('a database that was not named is asked for', () => {
  const { status, stderr } = schemaDiff([], {});
  expect(status).toBe(2);
  expect(stderr).toContain('DATABASE_URL');
});
