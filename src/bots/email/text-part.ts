// The text of a mail: the line quoted, what came of it, what is to be copied indented.
import type { Piece, Section } from './pieces.ts';

const INDENT = '    ';

/** Ends with a line feed. No line is wrapped: readers do that, and pasted lines stay whole. */
export function textPart(sections: readonly Section[]): string {
  return `${sections.map(({ pieces }) => pieces.flatMap(linesOf).join('\n')).join('\n\n')}\n`;
}

function linesOf(piece: Piece): string[] {
  switch (piece.kind) {
    case 'asked':
      return [`> ${piece.line}`];
    case 'say':
      return piece.text.split('\n').map(said);
    case 'paste':
      return [...labelled(piece.label), ...piece.text.split('\n').map(indented)];
    case 'type':
      return [...labelled(piece.label), indented(piece.command)];
    case 'table':
      return aligned(piece.rows).map(indented);
    case 'next':
      return [`Answer with: ${piece.commands.join(', ')}.`];
    case 'aside':
      return [piece.text];
  }
}

/** Without spaces at the end: `-- ` alone would begin a signature, and readers hide those. */
function said(line: string): string {
  return line.trimEnd();
}

function labelled(label: string | undefined): string[] {
  return label === undefined ? [] : [`${label}:`];
}

function indented(line: string): string {
  return line === '' ? '' : INDENT + line;
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => width(row[column] ?? ''))),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - width(cell)))
      .join('  ')
      .trimEnd(),
  );
}

function width(text: string): number {
  return [...text].length;
}
