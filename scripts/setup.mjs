// Installs what Shellbox needs on this machine, and nothing that is there already. Runs on any Node from 20 on, without packages.
// Usage: node scripts/setup.mjs [--test] [--dry-run]      --test: also what the tests need; --dry-run: only say what is missing
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureEngine, ensureImage, missingEngine, missingImage } from './setup/docker.mjs';
import { ensureGenerated, ensurePackages, missingClient, missingPackages } from './setup/npm.mjs';
import { fail, SetupError, step } from './setup/steps.mjs';
import { installSystemPackages, missingSystemPackages, systemCommand } from './setup/system.mjs';

const { values } = parseArgs({
  options: { test: { type: 'boolean', default: false }, 'dry-run': { type: 'boolean', default: false } },
});
process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));

try {
  await main();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  fail(error);
}

async function main() {
  const system = missingSystemPackages(values.test);
  const engine = await missingEngine();
  /** What is to be done, in words; undefined where nothing is. */
  const plan = [
    ['npm packages', missingPackages()],
    ['database client', missingClient()],
    ['Debian packages', system.length === 0 ? undefined : system.join(' ')],
    ['Docker engine', engine],
    ['box image', await missingImage()],
  ].filter(([, what]) => what !== undefined);
  if (plan.length > 0) {
    console.log('Missing on this machine, and to be installed:');
    for (const [label, what] of plan) console.log(`  ${label.padEnd(16)} ${what}`);
  }
  if (values['dry-run']) {
    if (plan.length === 0) console.log('Nothing is missing.');
    return;
  }
  if (process.getuid() !== 0 && (system.length > 0 || engine !== undefined)) {
    const commands = [
      ...(system.length > 0 ? [systemCommand(system)] : []),
      ...(engine === undefined ? [] : ['dockerd &']),
    ];
    throw new SetupError('That needs root, and nothing was changed.', `As root: ${commands.join('; ')}`);
  }
  await step('npm packages', ensurePackages);
  await step('database client', ensureGenerated);
  await step('Debian packages', () => installSystemPackages(system));
  await step('Docker engine', ensureEngine);
  await step('box image', ensureImage);
}
