// The program: hands the process's own things to the verbs, and ends with their status.
import { readFileSync } from 'node:fs';
import { secretTexts } from './config/secret-texts.ts';
import { scrubber } from './log.ts';
import { runProgram } from './verbs/program.ts';
import { stopSignal } from './verbs/stop-signal.ts';
import { openTerminal } from './verbs/terminal.ts';
import { endOnUncaught } from './verbs/uncaught.ts';
import type { Surroundings } from './verbs/verb.ts';

const manifest: { version: string } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** Standard output may be gone before we are (`shellbox account list | head -1`), which is no failure. */
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

let secrets: readonly string[] = [];
let stopping: AbortSignal | undefined;

const around: Surroundings = {
  version: manifest.version,
  cwd: process.cwd(),
  out: (line) => void process.stdout.write(`${scrubber(secrets)(line)}\n`),
  err: (line) => void process.stderr.write(`${scrubber(secrets)(line)}\n`),
  async config() {
    const { readConfig } = await import('./verbs/configuration.ts');
    const config = readConfig(around.cwd, around.err);
    secrets = secretTexts(config);
    return config;
  },
  secrets: () => secrets,
  stopSignal() {
    stopping ??= stopSignal(process, around.err);
    return stopping;
  },
  terminal: () =>
    process.stdin.isTTY && process.stdout.isTTY ? openTerminal(process.stdin, process.stdout) : undefined,
};

endOnUncaught(process, around);
const status = await runProgram(process.argv.slice(2), around);
// Nothing is waited for any more; what was written is written, because pipes and files are written to synchronously.
process.exit(status);
