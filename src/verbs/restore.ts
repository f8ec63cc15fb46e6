// restore: puts a backup in the place of the database, as the same installation or as a copy beside it.
import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { secretTexts } from '../config/secret-texts.ts';
import { key32 } from '../config/values.ts';
import type { Config } from '../config.ts';
import { ShellboxError } from '../errors.ts';
import { createLogger } from '../log.ts';
import { newInstallId } from '../roles/house.ts';
import { type Secret, secret } from '../secret.ts';
import { type BackupHeader, readBackup, unreadable } from '../store/backup-lines.ts';
import { atWork, loadBackup, migrationsOf } from '../store/load.ts';
import { readMigrations } from '../store/migrate.ts';
import { readRemains } from '../store/remains.ts';
import { createSecretBox } from '../store/secretbox.ts';
import { shown } from '../threads/shown.ts';
import { backupName, takeBackup } from './backup.ts';
import { backupLines } from './backup-file.ts';
import { databaseError } from './database-errors.ts';
import { findServers, type Servers } from './servers.ts';
import type { Options, Run, Surroundings } from './verb.ts';

export const runRestore: Run = async (words, around, options) => {
  const [file, ...rest] = words;
  if (file === undefined || rest.length > 0)
    throw new ShellboxError('usage', '"shellbox restore" takes one file.', { remedy: 'shellbox restore --help' });
  if ('as-copy' in options && 'yes' in options)
    throw new ShellboxError('usage', 'It is the same installation (--yes) or a copy (--as-copy), not both.', {
      remedy: 'shellbox restore --help',
    });
  const path = resolve(file);
  const config = await around.config();
  const signal = around.stopSignal();
  const logger = createLogger({ level: 'error', secrets: secretTexts(config) });
  const found = await lookInto(path);
  const isCopy = await asksCopy(found.header, around, options, file);
  const installId = installIdFor(found.header, config, isCopy);
  if (!isCopy) await requireKey(found.sealed, config);
  await using stack = new AsyncDisposableStack();
  const servers = await findServers({ config, logger, signal, stack });
  const before = await keepOld(servers, { config, version: around.version, signal });
  const { tables, rows } = await loadBackup(servers.databaseUrl, {
    parts: readBackup(backupLines(path)),
    installId,
    isCopy,
    isAlone: servers.own,
  }).catch((error: unknown) => {
    throw databaseError(error);
  });
  const { out } = around;
  const place = servers.own ? config.dataDir : 'the database at DATABASE_URL';
  out(
    `✓ Restored into ${place} what ${found.header.installId} was at ${found.header.takenAt}: ${tables} tables, ${rows} rows.`,
  );
  if (before !== undefined) out(`What was there before is in ${before}; "shellbox restore" brings it back, too.`);
  for (const line of isCopy ? copyWords(installId) : SAME_WORDS) out(line);
  return 0;
};

const SAME_WORDS = [
  'The house is in quarantine: nothing is made, started, stopped or removed, because boxes may have changed since.',
  'Start it, see what differs, and release it:  shellbox quarantine',
];

const copyWords = (installId: string): string[] => [
  `This is installation ${installId} now. It has the people and their keys, and none of the boxes, which stay the original’s.`,
  'Give it doors of its own before it is started: with the original’s tokens it would answer in its place.',
];

interface Found {
  header: BackupHeader;
  /** A secret that this installation has sealed; undefined in a backup without one. */
  sealed: { key: string; secret: Uint8Array } | undefined;
}

/** Reads all of it, so that nothing is begun with a file that is not whole. @throws ShellboxError `backup_missing`, `backup_unreadable`, `backup_newer` */
export async function lookInto(path: string): Promise<Found> {
  let header: BackupHeader | undefined;
  let sealed: Found['sealed'];
  for await (const part of readBackup(backupLines(path))) {
    if (part.kind === 'header') header = part.header;
    if (part.kind === 'row' && part.table === 'settings') sealed ??= sealedIn(part.json);
  }
  if (header === undefined) throw unreadable('it is empty');
  migrationsOf(header, await readMigrations());
  return { header, sealed };
}

/** Rows of settings hold bytes as PostgreSQL writes them, `\x` and hexadecimal digits. */
function sealedIn(json: string): Found['sealed'] {
  const row: { key?: unknown; secret?: unknown } = JSON.parse(json);
  if (row.key !== 'gateway_key' || typeof row.secret !== 'string') return undefined;
  return { key: row.key, secret: new Uint8Array(Buffer.from(row.secret.slice(2), 'hex')) };
}

/** @throws ShellboxError `usage` where nobody can be asked */
async function asksCopy(
  { installId, takenAt, version }: BackupHeader,
  around: Surroundings,
  options: Options,
  file: string,
): Promise<boolean> {
  if ('as-copy' in options) return true;
  if ('yes' in options) return false;
  const terminal = around.terminal();
  if (terminal === undefined)
    throw new ShellboxError('usage', 'Is this the same installation, or a copy beside it? Nothing was changed.', {
      remedy: `shellbox restore ${shown(file)} --yes        the same: it goes on with its boxes\nshellbox restore ${shown(file)} --as-copy    a copy: people and keys, a new id, no boxes`,
    });
  around.out(`Installation ${installId}, taken at ${takenAt} by Shellbox ${version}.`);
  const answer = await terminal.ask('Is this that same installation, or a copy of it beside it? (same/copy) ', {
    signal: around.stopSignal(),
  });
  if (answer === 'same' || answer === 'copy') return answer === 'copy';
  throw new ShellboxError('usage', `"${shown(answer)}" is neither. Nothing was changed.`);
}

function installIdFor({ installId }: BackupHeader, config: Config, isCopy: boolean): string {
  if (!isCopy && config.installId !== undefined && config.installId !== installId)
    throw new ShellboxError(
      'install_id_differs',
      `The backup is of ${installId}, and SHELLBOX_INSTALL_ID is ${config.installId}.`,
      {
        remedy: 'Nothing was changed. Correct SHELLBOX_INSTALL_ID, or restore it --as-copy.',
      },
    );
  if (!isCopy) return installId;
  if (config.installId === installId)
    throw new ShellboxError(
      'install_id_differs',
      `A copy needs another id than ${installId}, which SHELLBOX_INSTALL_ID still is.`,
      {
        remedy: 'Nothing was changed. Unset SHELLBOX_INSTALL_ID, or choose another.',
      },
    );
  return config.installId ?? newInstallId();
}

/** With another key nothing that is sealed could ever be read; none is made here. */
async function requireKey(sealed: Found['sealed'], { secretKey, dataDir }: Config): Promise<void> {
  if (sealed === undefined) return;
  const key = secretKey ?? (await storedKey(join(dataDir, 'secret.key')));
  try {
    createSecretBox(key).open(sealed.secret, `settings:${sealed.key}`);
  } catch (cause) {
    throw new ShellboxError(
      'secret_unreadable',
      'The secrets in the backup cannot be read with the key that is here.',
      {
        remedy: `Nothing was changed. Put the key that belongs to it at ${join(dataDir, 'secret.key')}, or set SHELLBOX_SECRET_KEY.`,
        cause,
      },
    );
  }
}

async function storedKey(file: string): Promise<Secret<Uint8Array>> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ShellboxError('secret_key_missing', `The key of the backup’s secrets is not here: there is no ${file}.`, {
      remedy: 'Nothing was changed. Put it there, or set SHELLBOX_SECRET_KEY.',
      cause,
    });
  });
  return secret(key32.parse(text));
}

/** Refuses while somebody is at work, and takes a backup of what is there; undefined where nothing is. */
async function keepOld(
  servers: Servers & { isRunning: boolean },
  about: { config: Config; version: string; signal: AbortSignal },
): Promise<string | undefined> {
  const { tables, holders, heldForS, installId } = await readRemains(servers.databaseUrl).catch((error: unknown) => {
    throw databaseError(error);
  });
  if (servers.isRunning) throw atWork({ holders: ['the running "start"'], heldForS: 0 });
  // A private database has just been started for this verb: whoever held a lease in it was killed.
  if (!servers.own && holders.length > 0) throw atWork({ holders, heldForS });
  if (tables.length === 0 || (installId ?? about.config.installId) === undefined) return undefined;
  await mkdir(about.config.dataDir, { recursive: true, mode: 0o700 });
  const path = join(about.config.dataDir, backupName('before-restore', new Date()));
  await takeBackup(servers.databaseUrl, { path, ...about });
  return path;
}
