// The text of an HTML mail, line by line, with quotes marked as in plain text.
//
// One pass from left to right, without a tree: however tags are nested or broken, it takes time in proportion to the text. What it takes
// for a quote is never taken back, because nothing below the first quote is read as the author's.
import { decodeHTML } from 'entities';

/** Characters of text that are made; more is cut. */
const LONGEST_TEXT = 200_000;
const BLOCKS = new Set(
  'address article aside blockquote body br center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header html li main nav ol p pre section table tbody tfoot thead tr ul'.split(
    ' ',
  ),
);
/** Their content is no text, up to their end tag. */
const SILENT = new Set(
  'iframe math noembed noframes object script select style svg template textarea title xmp'.split(' '),
);
const VOID = new Set('area base br col embed hr img input link meta source track wbr'.split(' '));
/** Attributes of what is not shown, or too small or faint to be read. */
const HIDDEN = new RegExp(
  [
    '(?:^|\\s)hidden(?=[\\s=/]|$)',
    'display\\s*:\\s*none',
    'visibility\\s*:\\s*hidden',
    'mso-hide\\s*:\\s*all',
    'font-size\\s*:\\s*(?:[01]?(?:\\.\\d+)?(?:px|pt)|0?(?:\\.[01]\\d*)?(?:r?em|%)?)\\s*(?:[;"\'!]|$)',
    'opacity\\s*:\\s*0?(?:\\.[01]\\d*)?\\s*(?:[;"\'!]|$)',
    'max-(?:height|width)\\s*:\\s*[01](?:px|pt)?\\s*(?:[;"\'!]|$)',
  ].join('|'),
  'i',
);
/** Struck out, another's, or for programs without something: not what the author says. */
const UNSAID = new Set(['s', 'strike', 'del', 'q', 'noscript']);
/** The line that programs draw beside what they quote. */
const QUOTING_BORDER = /border-left(?:-width)?\s*:\s*(?!0|none)[^;"']*(?:\d|thin|medium|thick|solid)/i;
/** By class or id: what mail programs put around the mail that is answered or passed on, and around signatures. */
const QUOTED_ELEMENT =
  /(?:\b|_)(?:gmail_quote|yahoo_quoted|moz-cite-prefix|moz-forward-container|protonmail_quote|divrplyfwdmsg|appendonsend|outlookmessageheader|zwchr|mail_quote|tutanota_quote|hs_reply|reply-intro|mail-editor-reference-message|zmail_extra)/i;
const SIGNATURE_ELEMENT =
  /\b(?:gmail_signature|applemailsignature|moz-signature|ms-outlook-mobile-signature|signature)\b/i;
interface Tag {
  name: string;
  closes: boolean;
  attributes: string;
  end: number;
}

/** Lines joined by LF; those in a quote begin with `> `, a rule or a quoting element is `-----`. Never throws; may be called with anything. */
export function htmlLines(html: string): string {
  const page = createPage();
  const lower = html.toLowerCase();
  let at = 0;
  while (at < html.length && !page.isFull()) {
    const open = html.indexOf('<', at);
    page.write(html.slice(at, open < 0 ? html.length : open));
    if (open < 0) break;
    at = beyond(html, lower, open, page);
  }
  return page.text();
}

/** Reads what begins with `<`, and returns where to go on. */
function beyond(html: string, lower: string, open: number, page: Page): number {
  if (html.startsWith('<!--', open)) return endOf(html, '-->', open + 4);
  if (/[!?]/.test(html.charAt(open + 1))) return endOf(html, '>', open);
  if (!/[a-z/]/i.test(html.charAt(open + 1))) {
    page.write('<');
    return open + 1;
  }
  const tag = tagAt(html, open);
  page.tag(tag);
  if (tag.closes || !SILENT.has(tag.name)) return tag.end;
  const close = lower.indexOf(`</${tag.name}`, tag.end);
  return close < 0 ? html.length : endOf(html, '>', close);
}

function endOf(html: string, mark: string, from: number): number {
  const found = html.indexOf(mark, from);
  return found < 0 ? html.length : found + mark.length;
}

function tagAt(html: string, open: number): Tag {
  const closes = html.charAt(open + 1) === '/';
  const begin = open + (closes ? 2 : 1);
  let nameEnd = begin;
  while (nameEnd < html.length && /[a-z0-9:-]/i.test(html.charAt(nameEnd))) nameEnd += 1;
  let end = nameEnd;
  let quote = '';
  for (; end < html.length; end++) {
    const character = html.charAt(end);
    if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === '>') break;
    else if ((character === '"' || character === "'") && /[=\s]/.test(html.charAt(end - 1))) quote = character;
  }
  const name = html.slice(begin, nameEnd).toLowerCase();
  return { name, closes, attributes: html.slice(nameEnd, Math.min(end, nameEnd + 2_000)), end: end + 1 };
}

type Page = ReturnType<typeof createPage>;

function createPage() {
  const lines: string[] = [];
  let line = '';
  let length = 0;
  let quotes = 0;
  let preformatted = 0;
  /** The element that is not shown, and how many of its name are open in it. */
  let hidden: { name: string; depth: number } | undefined;

  function breakLine(): void {
    const said = preformatted > 0 ? line : line.trim();
    if (said !== '') lines.push(quotes > 0 ? `> ${said}` : said);
    length += said.length + 1;
    line = '';
  }

  function rule(mark: string): void {
    breakLine();
    line = mark;
    breakLine();
  }

  function hide({ name, closes, attributes }: Tag): boolean {
    if (hidden !== undefined) {
      if (name === hidden.name) hidden.depth += closes ? -1 : 1;
      if (hidden.depth === 0) hidden = undefined;
      return true;
    }
    if (closes || VOID.has(name) || !(UNSAID.has(name) || HIDDEN.test(attributes))) return false;
    hidden = { name, depth: 1 };
    return true;
  }

  return {
    isFull: () => length + line.length > LONGEST_TEXT,
    tag(tag: Tag): void {
      const { name, closes, attributes } = tag;
      if (hide(tag)) return;
      if (!closes && (QUOTED_ELEMENT.test(attributes) || QUOTING_BORDER.test(attributes))) rule('-----');
      else if (!closes && SIGNATURE_ELEMENT.test(attributes)) rule('--');
      if (name === 'hr' && !closes) rule('-----');
      if (BLOCKS.has(name)) breakLine();
      else if (name === 'td' || name === 'th') line += ' ';
      if (name === 'blockquote') quotes = Math.max(0, quotes + (closes ? -1 : 1));
      if (name === 'pre') preformatted = Math.max(0, preformatted + (closes ? -1 : 1));
    },
    write(raw: string): void {
      if (hidden !== undefined || raw === '') return;
      const [first = '', ...more] = preformatted > 0 ? raw.split(/\r\n|\r|\n/) : [raw.replace(/[ \t\r\n\f]+/g, ' ')];
      line += decodeHTML(first);
      for (const next of more) {
        breakLine();
        line = decodeHTML(next);
      }
    },
    text(): string {
      breakLine();
      return lines.join('\n').slice(0, LONGEST_TEXT);
    },
  };
}
