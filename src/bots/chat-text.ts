// What chats have no form of their own for, as text.
import { duration, type ProgressLine } from '../threads/reply.ts';
import { plain } from '../threads/shown.ts';

/** A step on one line, with the time it took: `box started  0.3 s`. */
export function stepText({ label, tookMs }: ProgressLine): string {
  return `${label.replaceAll('\n', ' ')}${tookMs === undefined ? '' : `  ${duration(tookMs)}`}`;
}

/** Columns under each other, for letters of one width. */
export function alignedTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = head.some((name) => name !== '') ? [head, ...rows] : rows;
  const cells = all.map((row) => row.map((cell) => plain(cell).replaceAll('\n', ' ')));
  const columns = Math.max(0, ...cells.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...cells.map((row) => (row[column] ?? '').length)),
  );
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
