// Where the words of a mail's author end: before the first quote, signature, farewell or forwarded head.
//
// Everything behind the first of these is somebody else's, or may be. An answer written below a quote is not read, because programs
// that wrap quoted lines leave their second halves without a mark.

import { withoutSalutation } from './salutation.ts';

/** What mail programs put before each quoted line, and what looks like it. */
const QUOTE_MARK = /^(?:[>|＞›»❯│┃｜]|[\p{L}\p{N}]{1,8}>(?![^ ]*@))/u;
/** `-- `, `---`, `-----Original Message-----`, `________`. */
const RULE = /^(?:--|[—–])\s*$|^[-_=*~─━—–]{3,}/;
/** `From: …`, `Gesendet von: …`, `*Cc:* …`; never a command, in whose words a colon has no space behind it. */
const HEADER_LIKE = /^\*{0,2}\p{L}[\p{L}\p{M} .'’_-]{0,30}\*{0,2}\s?[:：]\*{0,2}(?:\s|$)/u;
const CALLED_BY_NAME = /^[/@]?shellbox\s?:/i;
const LAST_WORDS =
  /^(?:(?:quit|exit|bye)$|(?:many |kind )?thank|thx|cheers|merci|danke|gracias|grazie|obrigad|спасибо|спасибі)/i;
const FAREWELL = new RegExp(
  `^(?:${[
    '(?:with )?(?:best|kind|kindest|warm|many)?,? ?(?:regards|wishes)',
    'best',
    'greetings',
    'sincerely',
    '(?:yours )?(?:sincerely|truly)',
    'm\\.?f\\.?g',
    '[lv]\\.?g',
    '(?:mit )?(?:freundliche[nm]?|beste[n]?|viele[n]?|liebe[n]?|schöne[n]?|herzliche[n]?) (?:gr(?:u|ü|ue)(?:ß|ss)e?n?)(?: .*)?',
    '(?:bien )?cordialement',
    'bien à (?:vous|toi)',
    '(?:un )?(?:cordial )?saludos?(?: cordial(?:es)?)?',
    '(?:cordiali |distinti )?saluti',
    'atenciosamente',
    '(?:abraços?|cumprimentos)',
    '(?:med )?(?:vänliga?|vennlig|venlig) h[äi]ls(?:ningar?|en)',
    'm\\.?v\\.?h',
    '(?:met )?(?:vriendelijke )?groet(?:en)?',
    'pozdrawiam',
    's pozdravem',
    'с уважением',
    'с повагою',
    '敬具',
    'よろしくお願い.*',
    '此致',
  ].join('|')})[,.!。、]?$`,
  'iu',
);
/** What telephones and mail programs put below, for all who read it. */
const ADVERTISED = new RegExp(
  `^(?:${[
    'sent (?:from|via|with|by|on) ',
    'get outlook for ',
    'von meinem .* gesendet',
    'gesendet (?:von|mit|über|aus) ',
    'diese (?:e-?mail|nachricht) wurde ',
    'envoyé (?:de|depuis|à partir) ',
    'télécharg',
    'enviado (?:desde|do|de|a partir) ',
    'inviato da',
    '(?:verzonden|verstuurd) (?:vanaf|met|van) ',
    'skickat från ',
    'sendt fra ',
    'lähetetty ',
    'wysła(?:ne|no) z',
    'odesláno z',
    'отправлено (?:с|из) ',
    'надіслано з',
    'iphoneから送信',
    'androidから送信',
    '发自我的',
    '從我的',
    '(?:나의|내) .*보냄',
    '(?:begin )?forwarded message',
    'original message',
    'content-type\\b',
  ].join('|')})`,
  'iu',
);
/** In the first lines of an attribution that was wrapped: an address, a year or a time. */
const OF_ATTRIBUTION = /@|<|\d{1,2}[:.]\d\d|\b\d{4}\b/;
/** A day as people and mail programs write it, or an address, among other words. */
const DAY = /\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b|\b\d{4}[./-]\d{1,2}[./-]\d{1,2}\b|\d{4}\s?[年년]/;
const YEAR = /\b(?:19|20)\d\d\b/;
const DAY_OF_MONTH = /\b\d{1,2}\b/;
const ADDRESS = /\S@[^\s@]+\.\p{L}/u;
/** A public key, or the second half of one that was wrapped, whose comment may be an address. */
const OF_KEY = /(?:^|\s)(?:ssh|ecdsa|sk-ssh|sk-ecdsa)-[a-z]|^[A-Za-z0-9+/]{16,}/;
const LONGEST_ATTRIBUTION = 400;
const UNSEEN = /[\s\p{Cf}\p{Cc}]/u;
const MOST_ATTRIBUTION_LINES = 4;
const PGP_BEGINS = '-----BEGIN PGP SIGNED MESSAGE-----';

/**
 * The author's own lines, trimmed, blank ones too. `understands` tells a command from the first line of an attribution that was wrapped.
 * Never throws; takes time in proportion to the text.
 */
export function ownLines(text: string, understands: (line: string) => boolean): string[] {
  const written = unsigned(text.split(/\r\n|[\n\r\u0085\u2028\u2029]/)).map(bare);
  const lines = withoutSalutation(written, understands);
  const end = lines.findIndex((line) => isNotOwn(line) || isAttribution(line, understands));
  if (end < 0) return lines;
  return lines.slice(0, withoutAttribution(lines, end, understands));
}

/** Without spaces and what cannot be seen at both ends. By hand: an expression would look at a long run of spaces once for each of them. */
function bare(line: string): string {
  let first = 0;
  let end = line.length;
  while (first < end && UNSEEN.test(line.charAt(first))) first += 1;
  while (end > first && UNSEEN.test(line.charAt(end - 1))) end -= 1;
  return line.slice(first, end);
}

function isNotOwn(line: string): boolean {
  if (QUOTE_MARK.test(line) || RULE.test(line)) return true;
  if (/[:：]\*?$/.test(line)) return true;
  if (HEADER_LIKE.test(line) && !CALLED_BY_NAME.test(line)) return true;
  return LAST_WORDS.test(line) || FAREWELL.test(line) || ADVERTISED.test(line);
}

/** `On 16.11.2026 Eve schrieb`, with nothing behind it that tells: what is below may be quoted without a mark. */
function isAttribution(line: string, understands: (line: string) => boolean): boolean {
  if (!line.includes(' ') || line.startsWith('#') || OF_KEY.test(line)) return false;
  const head = line.slice(0, LONGEST_ATTRIBUTION);
  const isDated = DAY.test(head) || (YEAR.test(head) && DAY_OF_MONTH.test(head));
  if ((!isDated && !ADDRESS.test(head)) || understands(line)) return false;
  // A command with a fault in it is answered; no name in angle brackets is one.
  return head.includes('<') || !understands(line.slice(0, line.indexOf(' ')));
}

/** `On Monday, 16 November 2026, Shellbox <box@acme.dev>` in one line, and `wrote:` in the next. */
function withoutAttribution(lines: readonly string[], end: number, understands: (line: string) => boolean): number {
  const isQuote = QUOTE_MARK.test(lines[end] ?? '');
  if (!isQuote && !/[:：]$/.test(lines[end] ?? '')) return end;
  let first = end;
  if (isQuote) while (first > 0 && lines[first - 1] === '') first -= 1;
  for (let back = 0; back < MOST_ATTRIBUTION_LINES; back++) {
    const before = lines[first - 1] ?? '';
    if (before === '' || !OF_ATTRIBUTION.test(before) || understands(before)) break;
    first -= 1;
  }
  return first;
}

/** The text inside an inline PGP signature (RFC 9580 7): without its head, with its dashes as they were. */
function unsigned(lines: readonly string[]): readonly string[] {
  const begin = lines.findIndex((line) => line.trim() !== '');
  if (begin < 0 || lines[begin]?.trim() !== PGP_BEGINS) return lines;
  const blank = lines.findIndex((line, at) => at > begin && line.trim() === '');
  return blank < 0 ? [] : lines.slice(blank + 1).map((line) => line.replace(/^- /, ''));
}
