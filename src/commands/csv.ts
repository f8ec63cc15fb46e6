// Tables as comma-separated values, for spreadsheets: https://www.rfc-editor.org/rfc/rfc4180
import { type Block, code } from '../threads/reply.ts';

/** What a spreadsheet takes for the beginning of a formula: https://owasp.org/www-community/attacks/CSV_Injection */
const FORMULA = /^[=+\-@\t\r]/;

/** One block to paste; numbers as they are, words that look like formulas behind an apostrophe. */
export function csvBlock(head: readonly string[], rows: readonly (readonly (string | number)[])[]): Block {
  return code([head, ...rows].map((row) => row.map(cell).join(',')).join('\n'));
}

function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const harmless = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
