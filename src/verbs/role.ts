// bots and worker: one role in a process of its own, beside others on the same database and Redis.
import { once } from 'node:events';
import { requireServers, secretsOf } from '../config.ts';
import { createLogger } from '../log.ts';
import { requireMigrated } from './database-errors.ts';
import { serve } from './serve.ts';
import type { Surroundings, Verb } from './verb.ts';

function roleVerb(name: 'bots' | 'worker', summary: string, more: string): Verb {
  return {
    name,
    summary,
    forms: [''],
    details: [more, 'Needs DATABASE_URL, migrated with "shellbox migrate", REDIS_URL and SHELLBOX_SECRET_KEY.'],
    async run(_words, around) {
      const signal = around.stopSignal();
      try {
        await run(name, around, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
      return 0;
    },
  };
}

export const bots = roleVerb(
  'bots',
  'run the doors alone',
  'Takes commands and delivers replies; as many of them as you like.',
);

export const worker = roleVerb(
  'worker',
  'run the work on boxes alone',
  'Makes, starts, stops and destroys boxes. Metrics and readiness are at METRICS_LISTEN.',
);

async function run(name: 'bots' | 'worker', around: Surroundings, signal: AbortSignal): Promise<void> {
  const { version, out } = around;
  const config = around.config();
  const servers = requireServers(config, name);
  const logger = createLogger({ level: config.logLevel, secrets: secretsOf(config) });
  await requireMigrated(servers.databaseUrl);
  await using stack = new AsyncDisposableStack();
  await serve({ config, servers, roles: [name], version, logger, stack });
  out(`Shellbox ${version}: ${name} is up.`);
  if (!signal.aborted) await once(signal, 'abort');
}
