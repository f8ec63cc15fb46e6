// Discord's Markdown as far as it matters to a bot: code, escapes, mentions, links, and what changes how text looks.
// Source: https://discord.com/developers/docs/reference#message-formatting

export type Piece =
  | { kind: 'text'; text: string }
  | { kind: 'block' | 'code'; text: string }
  | { kind: 'person' | 'role' | 'channel' | 'slash'; id: string }
  | { kind: 'everyone'; text: '@everyone' | '@here' }
  | { kind: 'time' | 'emoji' | 'link'; text: string }
  /** A mark that formats what is between it and its fellow, or the line that it begins. */
  | { kind: 'mark'; text: string };

/** In this order: what comes first wins where two could match. */
const RULES: readonly { pattern: RegExp; make: (found: RegExpExecArray) => Piece }[] = [
  { pattern: /```(?:[\w+.-]+\n)?\n*([\s\S]*?[^`]?)\n*```(?!`)/y, make: ([, text = '']) => ({ kind: 'block', text }) },
  { pattern: /(`{1,2})(?!`)([\s\S]*?[^`])\1(?!`)/y, make: ([, , text = '']) => ({ kind: 'code', text: text.trim() }) },
  { pattern: /\\([^\p{L}\p{N}\s])/uy, make: ([, text = '']) => ({ kind: 'text', text }) },
  { pattern: /<@!?(\d+)>/y, make: ([, id = '']) => ({ kind: 'person', id }) },
  { pattern: /<@&(\d+)>/y, make: ([, id = '']) => ({ kind: 'role', id }) },
  { pattern: /<#(\d+)>/y, make: ([, id = '']) => ({ kind: 'channel', id }) },
  { pattern: /<\/[^:>]+:(\d+)>/y, make: ([, id = '']) => ({ kind: 'slash', id }) },
  { pattern: /<t:-?\d+(?::[tTdDfFRsS])?>/y, make: ([text]) => ({ kind: 'time', text }) },
  { pattern: /<a?:\w+:\d+>/y, make: ([text]) => ({ kind: 'emoji', text }) },
  { pattern: /@everyone/y, make: () => ({ kind: 'everyone', text: '@everyone' }) },
  { pattern: /@here/y, make: () => ({ kind: 'everyone', text: '@here' }) },
  { pattern: /\[[^\]\n]+\]\(<?(?:https?|discord):\/\/[^)\s]+\)/y, make: ([text]) => ({ kind: 'link', text }) },
  { pattern: /<?(?:https?|discord):\/\/[^\s<>]+>?/y, make: ([text]) => ({ kind: 'link', text }) },
  { pattern: /<[\w.+-]+@[\w-]+\.[\w.-]+>/y, make: ([text]) => ({ kind: 'link', text }) },
];

const AT_LINE_START = /(?:#{1,3} |-# |>{1,3} |>>> |[-*] |\d+\. )/y;
const PAIRED = /\*\*\*|\*\*|\*|___|__|_|~~|\|\|/y;

/** The pieces of a text, in order. Inside code nothing else counts. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let at = 0;
  while (at < text.length) {
    const [piece, length] = pieceAt(text, at);
    const last = found.at(-1);
    if (piece.kind === 'text' && last?.kind === 'text') last.text += piece.text;
    else found.push(piece);
    at += length;
  }
  return found;
}

function pieceAt(text: string, at: number): [Piece, number] {
  for (const { pattern, make } of RULES) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) return [make(match), match[0].length];
  }
  if (at === 0 || text[at - 1] === '\n') {
    AT_LINE_START.lastIndex = at;
    const match = AT_LINE_START.exec(text);
    if (match !== null) return [{ kind: 'mark', text: match[0] }, match[0].length];
  }
  PAIRED.lastIndex = at;
  const mark = PAIRED.exec(text)?.[0];
  if (mark !== undefined && formats(text, at, mark)) return [{ kind: 'mark', text: mark }, mark.length];
  const whole = mark ?? String.fromCodePoint(text.codePointAt(at) ?? 0);
  return [{ kind: 'text', text: whole }, whole.length];
}

/** Whether the mark has a fellow before or after it; an underscore within a word has none. */
function formats(text: string, at: number, mark: string): boolean {
  const inWord = /[\p{L}\p{N}]/u;
  if (mark === '_' && inWord.test(text[at - 1] ?? ' ') && inWord.test(text[at + 1] ?? ' ')) return false;
  const after = text.slice(at + mark.length).replaceAll(/\\[^\p{L}\p{N}\s]/gu, '  ');
  const before = text.slice(0, at).replaceAll(/\\[^\p{L}\p{N}\s]/gu, '  ');
  return after.includes(mark) || before.includes(mark);
}

export interface Names {
  person(id: string): string | undefined;
  role(id: string): string | undefined;
  channel(id: string): string | undefined;
}

/** As people read it; code is marked `┌code┐`, marks are gone. */
export function shownMarkdown(text: string, names: Names): string {
  return pieces(text)
    .map((piece) => {
      switch (piece.kind) {
        case 'block':
          return `┌code┐ ${piece.text.replaceAll('\n', '\n       ')}`;
        case 'person':
          return `@${names.person(piece.id) ?? 'unknown-user'}`;
        case 'role':
          return `@${names.role(piece.id) ?? 'deleted-role'}`;
        case 'channel':
          return `#${names.channel(piece.id) ?? 'unknown'}`;
        case 'slash':
          return `</${piece.id}>`;
        case 'mark':
          return /^[-*] $|^\d+\. $/.test(piece.text) ? piece.text.replace('*', '•') : '';
        default:
          return piece.text;
      }
    })
    .join('');
}

/** What in a text would do something else than be read: for tests that output of others is neutral. */
export function effectsIn(text: string): readonly Piece[] {
  return pieces(text).filter(({ kind }) => kind !== 'text');
}
