// backup: the whole database in one file, from one moment, while the service goes on.
import { join, resolve } from 'node:path';
import { bytesText } from '../boxes/text.ts';
import { secretTexts } from '../config/secret-texts.ts';
import type { Config } from '../config.ts';
import { ShellboxError } from '../errors.ts';
import { createLogger } from '../log.ts';
import type { Secret } from '../secret.ts';
import { type BackupPart, readBackup } from '../store/backup-lines.ts';
import { dumpLines } from '../store/dump.ts';
import { backupLines, writeBackup } from './backup-file.ts';
import { databaseError, requireMigrated } from './database-errors.ts';
import { findInstallation } from './servers.ts';
import type { Run } from './verb.ts';

export const runBackup: Run = async (words, around) => {
  const [given, ...rest] = words;
  // Whoever means standard output would not look for a file of that name.
  if (rest.length > 0 || given === '-')
    throw new ShellboxError('usage', '"shellbox backup" takes one file.', { remedy: 'shellbox backup --help' });
  const config = await around.config();
  const signal = around.stopSignal();
  const logger = createLogger({ level: 'error', secrets: secretTexts(config) });
  await using stack = new AsyncDisposableStack();
  const servers = await findInstallation({ config, logger, signal, stack });
  await requireMigrated(servers.databaseUrl);
  const path = resolve(given ?? backupName('shellbox', new Date()));
  const { bytes, tables, rows } = await takeBackup(servers.databaseUrl, {
    path,
    config,
    version: around.version,
    signal,
  });
  around.out(`✓ ${path}: ${tables} tables, ${rows} rows, ${bytesText(bytes)}.`);
  around.out(`Stored secrets are encrypted in it, and the key is not: keep ${keyPlace(config)} somewhere else.`);
  around.out('Homes of boxes are not in it either; they are where the boxes are.');
  return 0;
};

/** Sorts by time. */
export function backupName(what: string, at: Date): string {
  return `${what}-${at.toISOString().replaceAll(/[-:]|\..*/g, '')}.backup`;
}

function keyPlace({ secretKey, dataDir }: Config): string {
  return secretKey === undefined ? join(dataDir, 'secret.key') : 'SHELLBOX_SECRET_KEY';
}

/** Takes a backup and reads it again: what cannot be read back is none. */
export async function takeBackup(
  url: Secret,
  { path, config, version, signal }: { path: string; config: Config; version: string; signal: AbortSignal },
): Promise<{ bytes: number; tables: number; rows: number }> {
  const lines = described(dumpLines(url, { version, installId: config.installId }));
  const bytes = await writeBackup(path, lines, signal);
  const { tables, rows } = await wholeOf(readBackup(backupLines(path)));
  return { bytes, tables, rows };
}

/** Reads it to its end, which is where everything in it is known to be right. */
export async function wholeOf(parts: AsyncIterable<BackupPart>): Promise<{ tables: number; rows: number }> {
  let whole = { tables: 0, rows: 0 };
  for await (const part of parts) if (part.kind === 'whole') whole = part;
  return whole;
}

/** The database's errors in words for operators. */
async function* described(lines: AsyncIterable<string>): AsyncGenerator<string> {
  try {
    yield* lines;
  } catch (error) {
    throw databaseError(error);
  }
}
