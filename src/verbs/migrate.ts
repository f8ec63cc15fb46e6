// migrate: brings the database up to this release.
import { secretTexts } from '../config/secret-texts.ts';
import { createLogger } from '../log.ts';
import { migrateDatabase } from './database-errors.ts';
import { findServers } from './servers.ts';
import type { Run } from './verb.ts';

export const runMigrate: Run = async (_words, around) => {
  const config = await around.config();
  const logger = createLogger({ level: 'error', secrets: secretTexts(config) });
  await using stack = new AsyncDisposableStack();
  const servers = await findServers({ config, logger, signal: around.stopSignal(), stack });
  const applied = await migrateDatabase(servers.databaseUrl);
  for (const name of applied) around.out(`✓ ${name}`);
  around.out(applied.length === 0 ? 'The database is up to date.' : `${applied.length} applied.`);
  return 0;
};
