// A backup as lines of JSON: a header, then for each table its head, its rows as PostgreSQL writes them, and its end with their hash; a last line
// that says that it is whole. Reading checks all of it.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ShellboxError } from '../errors.ts';
import { parsedJson } from '../parsed-json.ts';

export const BACKUP_FORMAT = 1;

const headerSchema = z.object({
  '#': z.literal('shellbox-backup'),
  format: z.int(),
  /** Of the program that wrote it. */
  version: z.string(),
  /** By the database's clock: everything up to then is in it. */
  takenAt: z.iso.datetime(),
  installId: z.string().regex(/^[a-z][a-z0-9]{7}$/),
  /** What the database had, in order. */
  migrations: z.array(z.object({ name: z.string(), checksum: z.string() })).min(1),
});
export type BackupHeader = z.infer<typeof headerSchema>;

const lineSchema = z.discriminatedUnion('#', [
  z.object({ '#': z.literal('table'), name: z.string(), columns: z.array(z.string()).min(1) }),
  z.object({ '#': z.literal('end'), name: z.string(), rows: z.int(), sha256: z.string() }),
  z.object({ '#': z.literal('whole'), tables: z.int() }),
]);

/** No column has that name, so no row begins like this. */
const CONTROL = '{"#":';

export type BackupPart =
  | { kind: 'header'; header: BackupHeader }
  | { kind: 'table'; name: string; columns: readonly string[] }
  /** One row as an object of JSON, by column. */
  | { kind: 'row'; table: string; json: string }
  | { kind: 'whole'; tables: number; rows: number };

export type RowHash = { add(row: string): void; end(): { rows: number; sha256: string } };

/** Of a table's rows, under its head: the line that names its columns. */
export function hashRows(head: string): RowHash {
  const hash = createHash('sha256').update(head).update('\n');
  let rows = 0;
  return {
    add(row) {
      hash.update(row).update('\n');
      rows += 1;
    },
    end: () => ({ rows, sha256: hash.digest('hex') }),
  };
}

/** @throws ShellboxError `backup_unreadable` as soon as something is not as it was written; `whole` comes only when all of it is right */
export async function* readBackup(lines: AsyncIterable<string>): AsyncGenerator<BackupPart> {
  let header: BackupHeader | undefined;
  let table: { name: string; hash: RowHash } | undefined;
  let isWhole = false;
  let tables = 0;
  let rows = 0;
  for await (const text of lines) {
    if (isWhole) throw unreadable('there is something behind its end');
    if (header === undefined) {
      header = readHeader(text);
      yield { kind: 'header', header };
    } else if (!text.startsWith(CONTROL)) {
      if (table === undefined) throw unreadable('a row belongs to no table');
      table.hash.add(text);
      rows += 1;
      yield { kind: 'row', table: table.name, json: text };
    } else {
      const line = lineSchema.safeParse(parsedJson(text)).data;
      if (line === undefined) throw unreadable('a line has another form');
      if (line['#'] === 'table') {
        if (table !== undefined) throw unreadable(`table ${table.name} has no end`);
        table = { name: line.name, hash: hashRows(text) };
        yield { kind: 'table', name: line.name, columns: line.columns };
      } else if (line['#'] === 'end') {
        const sum = table?.hash.end();
        if (table?.name !== line.name || sum?.rows !== line.rows || sum.sha256 !== line.sha256)
          throw unreadable(`table ${line.name} is not what was written`);
        tables += 1;
        table = undefined;
      } else {
        if (table !== undefined || line.tables !== tables) throw unreadable('tables are missing');
        isWhole = true;
        yield { kind: 'whole', tables, rows };
      }
    }
  }
  if (!isWhole) throw unreadable(header === undefined ? 'it is empty' : 'its end is missing');
}

function readHeader(text: string): BackupHeader {
  const found = headerSchema.safeParse(parsedJson(text)).data;
  if (found === undefined) throw unreadable('it is no backup of Shellbox');
  if (found.format === BACKUP_FORMAT) return found;
  throw new ShellboxError(
    'backup_newer',
    `The backup has format ${found.format}; this program reads ${BACKUP_FORMAT}.`,
    {
      remedy: `Restore it with the release that wrote it (${found.version}), or a newer one.`,
    },
  );
}

export function unreadable(why: string, cause?: unknown): ShellboxError {
  return new ShellboxError('backup_unreadable', `The backup cannot be used: ${why}.`, {
    remedy: 'Nothing was changed. Take another copy of it, or an older backup.',
    cause,
  });
}
