// Text for mail: what was said, with nothing in it that acts on whoever shows it.
import { plain as shownPlain } from '../../threads/shown.ts';

/** Nothing invisible and no control character; lines stay lines, however they end. */
export function plain(text: string): string {
  return shownPlain(text.replaceAll('\r\n', '\n'));
}

/** The same on one line. */
export function plainLine(text: string): string {
  return plain(text.replace(/\s*\r?\n\s*/g, ' '));
}

export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
