// The lines of a backup: read back as they were written, and not at all when anything about them is another.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ShellboxError } from '../../src/errors.ts';
import {
  BACKUP_FORMAT,
  type BackupHeader,
  type BackupPart,
  hashRows,
  readBackup,
} from '../../src/store/backup-lines.ts';

interface Table {
  name: string;
  rows: readonly string[];
}

const HEADER: BackupHeader = {
  '#': 'shellbox-backup',
  format: BACKUP_FORMAT,
  version: '0.1.0',
  takenAt: '2026-11-21T12:00:00.000Z',
  installId: 'faultlab',
  migrations: [{ name: '20261121000000_init', checksum: 'ab' }],
};

function linesOf(tables: readonly Table[]): string[] {
  const body = tables.flatMap(({ name, rows }) => {
    const head = JSON.stringify({ '#': 'table', name, columns: ['id', 'body'] });
    const hash = hashRows(head);
    for (const row of rows) hash.add(row);
    return [head, ...rows, JSON.stringify({ '#': 'end', name, ...hash.end() })];
  });
  return [JSON.stringify(HEADER), ...body, JSON.stringify({ '#': 'whole', tables: tables.length })];
}

async function* given(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

async function read(lines: readonly string[]): Promise<BackupPart[]> {
  const parts: BackupPart[] = [];
  for await (const part of readBackup(given(lines))) parts.push(part);
  return parts;
}

/** As `row_to_json` writes them, with whatever people typed. */
const row = fc.record({ id: fc.uuid(), body: fc.jsonValue() }).map((value) => JSON.stringify(value));
const tables = fc.uniqueArray(
  fc.record({ name: fc.stringMatching(/^[a-z_]{1,12}$/), rows: fc.array(row, { maxLength: 6 }) }),
  { selector: ({ name }) => name, maxLength: 4 },
);

test('what was written is read back, row by row', async () => {
  await fc.assert(
    fc.asyncProperty(tables, async (written) => {
      const parts = await read(linesOf(written));
      const rows = parts.flatMap((part) => (part.kind === 'row' ? [[part.table, part.json]] : []));
      expect(rows).toEqual(written.flatMap(({ name, rows: own }) => own.map((json) => [name, json])));
      expect(parts.at(-1)).toEqual({ kind: 'whole', tables: written.length, rows: rows.length });
    }),
    { numRuns: 100 },
  );
});

test('a line that is lost, doubled, moved, cut or changed is noticed before the end', async () => {
  const damage = fc.record({
    kind: fc.constantFrom('lost', 'doubled', 'cut', 'changed', 'torn'),
    at: fc.nat(),
    by: fc.nat(),
  });
  await fc.assert(
    fc.asyncProperty(tables, damage, async (written, { kind, at, by }) => {
      const lines = linesOf(written);
      const index = at % lines.length;
      const line = lines[index] ?? '';
      const place = by % Math.max(1, line.length);
      // The header is checked by what it says.
      const isSealed = index > 0;
      const damaged = {
        lost: lines.toSpliced(index, 1),
        doubled: lines.toSpliced(index, 0, line),
        cut: lines.with(index, line.slice(0, place)),
        changed: isSealed
          ? lines.with(index, `${line.slice(0, place)}\u0001${line.slice(place + 1)}`)
          : lines.slice(0, -1),
        torn: lines.slice(0, index),
      }[kind];
      const code = await read(damaged).then(
        () => 'taken for whole',
        (error: unknown) => (error instanceof ShellboxError ? error.code : error),
      );
      expect({ damaged, code }).toEqual({ damaged, code: 'backup_unreadable' });
    }),
    { numRuns: 300 },
  );
});
