// bots and worker: one role in a process of its own, beside others on the same database and Redis.
import { once } from 'node:events';
import { secretTexts } from '../config/secret-texts.ts';
import { requireServers } from '../config.ts';
import { createLogger } from '../log.ts';
import { requireMigrated } from './database-errors.ts';
import { emailWarnings } from './email-line.ts';
import { serve } from './serve.ts';
import type { Run, Surroundings } from './verb.ts';

export const runBots: Run = (_words, around) => untilStopped('bots', around);
export const runWorker: Run = (_words, around) => untilStopped('worker', around);

async function untilStopped(name: 'bots' | 'worker', around: Surroundings): Promise<number> {
  const signal = around.stopSignal();
  try {
    await run(name, around, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return 0;
}

async function run(name: 'bots' | 'worker', around: Surroundings, signal: AbortSignal): Promise<void> {
  const { version, out } = around;
  const config = await around.config();
  const servers = requireServers(config, name);
  const logger = createLogger({ level: config.logLevel, secrets: secretTexts(config) });
  await requireMigrated(servers.databaseUrl);
  await using stack = new AsyncDisposableStack();
  await serve({ config, servers, roles: [name], alone: false, version, logger, stack });
  out(`Shellbox ${version}: ${name} is up.`);
  for (const line of name === 'bots' ? emailWarnings(config) : []) out(line);
  if (!signal.aborted) await once(signal, 'abort');
}
