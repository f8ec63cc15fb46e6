// What the benchmark finds out, and how it is shown: measured value, floor or limit, ratio and verdict.
export interface Figure {
  name: string;
  measured: string;
  limit: string;
  /** Measured value by limit, so that 1 is just met; where more is better the other way round. */
  ratio: number;
  /** What explains the figure, one line each. */
  notes: readonly string[];
}

type Compared = (name: string, value: number, limit: number, unit: string, notes?: readonly string[]) => Figure;

function compared(sign: string, ratioOf: (value: number, limit: number) => number): Compared {
  return (name, value, limit, unit, notes = []) => ({
    name,
    measured: `${rounded(value)} ${unit}`,
    limit: `${sign} ${rounded(limit)} ${unit}`,
    ratio: ratioOf(value, limit),
    notes,
  });
}

/** A figure that must not be above its limit. */
export const atMost = compared('≤', (value, limit) => value / limit);

/** A figure that must not be below its limit. */
export const atLeast = compared('≥', (value, limit) => limit / value);

export const isMet = (figure: Figure): boolean => figure.ratio <= 1;

/** The value below which a share `p` (0 to 1) of the values lies, by the nearest rank; NaN of none. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(sorted.length * p) - 1)] ?? Number.NaN;
}

export function showTable(figures: readonly Figure[]): string {
  const rows = [
    ['figure', 'measured', 'limit', 'ratio', 'verdict'],
    ...figures.map((figure) => [
      figure.name,
      figure.measured,
      figure.limit,
      figure.ratio.toFixed(2),
      isMet(figure) ? '✓ met' : '✗ MISSED',
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => [...(row[column] ?? '')].length))) ?? [];
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const notes = figures.flatMap(({ name, notes }) => notes.map((note) => `  ${name}: ${note}`));
  return `${[...lines, ...(notes.length === 0 ? [] : ['', ...notes])].join('\n')}\n`;
}

export function rounded(value: number): string {
  return value >= 100 || Number.isInteger(value) ? String(Math.round(value)) : value.toPrecision(3);
}
