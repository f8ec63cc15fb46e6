// How set-up shows what it does, runs other programs, and fails: a line a step, their output only when something went wrong.
import { spawn } from 'node:child_process';

export class SetupError extends Error {
  /** @param {string} message @param {string} remedy @param {string} [output] what the failed program printed */
  constructor(message, remedy, output = '') {
    super(message);
    this.remedy = remedy;
    this.output = output;
  }
}

/** Runs a step; it is shown only when it did something. `work` resolves with false when there was nothing to do. */
export async function step(label, work) {
  const began = performance.now();
  if ((await work()) === false) return;
  console.log(`✓ ${label.padEnd(32)} ${((performance.now() - began) / 1000).toFixed(1)} s`);
}

export function fail(error) {
  if (error.output !== '') console.error(error.output.trimEnd().split('\n').slice(-25).join('\n'));
  console.error(`✗ ${error.message}\n  ${error.remedy}`);
  process.exit(2);
}

/** Runs a program to its end and resolves with its status and output. */
export function run(file, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const take = (data) => {
      output += data;
      options.onOutput?.(String(data));
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, output }));
  });
}

/** Runs a program that must succeed. */
export async function mustRun(what, remedy, file, args, options) {
  const { status, output } = await run(file, args, options).catch((error) => ({ status: -1, output: String(error) }));
  if (status !== 0) throw new SetupError(`${what} failed.`, remedy, output);
}
