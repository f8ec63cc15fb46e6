// migrate: brings the database up to this release.
import { secretsOf } from '../config.ts';
import { createLogger } from '../log.ts';
import { migrateDatabase } from './database-errors.ts';
import { findServers } from './servers.ts';
import type { Verb } from './verb.ts';

export const migrate: Verb = {
  name: 'migrate',
  summary: 'bring the database up to this release',
  forms: [''],
  details: [
    'Applies what is missing, each migration in one transaction; a second time it does nothing.',
    '"shellbox start" does it by itself; "bots" and "worker" do not.',
  ],
  async run(_words, around) {
    const config = around.config();
    const logger = createLogger({ level: 'error', secrets: secretsOf(config) });
    await using stack = new AsyncDisposableStack();
    const servers = await findServers({ config, logger, signal: around.stopSignal(), stack });
    const applied = await migrateDatabase(servers.databaseUrl);
    for (const name of applied) around.out(`✓ ${name}`);
    around.out(applied.length === 0 ? 'The database is up to date.' : `${applied.length} applied.`);
    return 0;
  },
};
