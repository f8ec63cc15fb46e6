// Installs what Shellbox needs on this machine, and nothing that is there already. Runs on any Node from 20 on, without packages.
// Usage: node scripts/setup.mjs [--test] [--dry-run]      --test: also what the tests need; --dry-run: only say what is missing
import { parseArgs } from 'node:util';
import { ensureEngine, ensureImage } from './setup/docker.mjs';
import { ensureGenerated, ensurePackages } from './setup/npm.mjs';
import { fail, SetupError, step } from './setup/steps.mjs';
import { installSystemPackages, missingSystemPackages } from './setup/system.mjs';

const { values } = parseArgs({
  options: { test: { type: 'boolean', default: false }, 'dry-run': { type: 'boolean', default: false } },
});

try {
  const missing = missingSystemPackages(values.test);
  if (values['dry-run']) {
    console.log(missing.length === 0 ? 'Nothing is missing.' : `Missing system packages: ${missing.join(' ')}`);
  } else {
    await step('npm packages', ensurePackages);
    await step('database client', ensureGenerated);
    if (missing.length > 0) {
      console.log(`  to be installed with apt-get: ${missing.join(' ')}`);
      await step('system packages', () => installSystemPackages(missing));
    }
    await step('Docker engine', ensureEngine);
    await step('box image', ensureImage);
  }
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  fail(error);
}
