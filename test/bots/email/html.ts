// A strict reader of our mails' HTML: it takes only well-formed elements with nothing that acts or comes from elsewhere.

export interface ReadHtml {
  /** What a reader sees, a line for each block. */
  text: string;
  /** The texts of all `pre`. */
  pasted: readonly string[];
  links: readonly string[];
}

const EMPTY = new Set(['meta', 'br']);
const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  html: ['lang'],
  meta: ['charset', 'name', 'content'],
  a: ['href', 'style'],
  table: ['role', 'style'],
  ...Object.fromEntries(['body', 'td', 'th', 'p', 'pre', 'div'].map((tag) => [tag, ['style']])),
  ...Object.fromEntries(['head', 'title', 'tr', 'br'].map((tag) => [tag, []])),
};
const BLOCKS = new Set(['p', 'pre', 'tr', 'title', 'br', 'td', 'th']);
const TOKEN = /<(\/?)([a-z0-9]+)((?: [a-z-]+="[^"<>]*")*)>|([^<>]+)/y;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/** Throws at the first thing that should not be there. */
export function readHtml(html: string): ReadHtml {
  const doctype = '<!DOCTYPE html>\n';
  if (!html.startsWith(doctype)) throw new Error('No doctype.');
  const open: string[] = [];
  const links: string[] = [];
  const pasted: string[] = [];
  let text = '';
  let pre: string | undefined;
  TOKEN.lastIndex = doctype.length;
  while (TOKEN.lastIndex < html.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(html);
    if (match === null) throw new Error(`Not well-formed: ${JSON.stringify(html.slice(at, at + 60))}`);
    const [, slash, tag, attributes = '', content] = match;
    if (content !== undefined) {
      const said = decoded(content);
      if (pre === undefined) text += said.replace(/[ \n]+/g, ' ');
      else pre += pre === '' && html[at - 1] === '>' ? said.replace(/^\n/, '') : said;
      continue;
    }
    if (tag === undefined || !(tag in ATTRIBUTES)) throw new Error(`<${tag}> is not for mails.`);
    if (slash === '/') {
      if (open.pop() !== tag) throw new Error(`</${tag}> closes nothing.`);
      if (tag === 'pre' && pre !== undefined) {
        pasted.push(pre);
        text += pre;
        pre = undefined;
      }
      if (BLOCKS.has(tag)) text += '\n';
      continue;
    }
    for (const [, name = '', value = ''] of attributes.matchAll(/ ([a-z-]+)="([^"]*)"/g)) {
      if (ATTRIBUTES[tag]?.includes(name) !== true) throw new Error(`<${tag}> has ${name}.`);
      if (name === 'href') links.push(decoded(value));
      if (name === 'style' && /url|expression|@import|[\\]/i.test(value)) throw new Error(`Style: ${value}`);
    }
    if (tag === 'pre') pre = '';
    if (tag === 'br') text += '\n';
    if (!EMPTY.has(tag)) open.push(tag);
  }
  if (open.length > 0) throw new Error(`Left open: ${open.join()}`);
  return { text, pasted, links };
}

function decoded(text: string): string {
  return text.replace(/&([^;]*);?/g, (_, name: string) => {
    const character = ENTITIES[name];
    if (character === undefined) throw new Error(`&${name}; is not for mails.`);
    return character;
  });
}
