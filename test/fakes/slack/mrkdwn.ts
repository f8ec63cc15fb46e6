// Slack's mark-up: how typed text becomes it, what a person sees of it, and whom it notifies.
// Source: https://docs.slack.dev/messaging/formatting-message-text

/** Names for the ids in `<@U…>` and `<#C…>`. */
export interface Names {
  person(id: string): string | undefined;
  channel(id: string): string | undefined;
}

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Leaves alone what is escaped already. */
export function escapedOnce(text: string): string {
  return text
    .replaceAll(/&(?!(?:amp|lt|gt);)/g, '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

/** Only three characters are ever escaped. */
export function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

/** What stands on the screen: `<…>` resolved, emphasis taken off, code fences as lines that begin with `┌code┐`. */
export function shownMrkdwn(text: string, names: Names): string {
  return text
    .split(/```\n?/)
    .map((part, index) => (index % 2 === 1 ? shownCode(unescaped(resolved(part, names))) : shownProse(part, names)))
    .filter((part, index) => index % 2 === 1 || part.trim() !== '')
    .join('\n');
}

export function shownCode(code: string): string {
  const [first = '', ...rest] = code.replace(/\n$/, '').split('\n');
  return [`┌code┐ ${first}`, ...rest.map((line) => `       ${line}`)].join('\n');
}

function shownProse(text: string, names: Names): string {
  const pieces = text.replace(/^\n|\n$/g, '').split(/(`[^`\n]+`)/);
  return pieces.map((piece, index) => unescaped(resolved(index % 2 === 1 ? piece : plain(piece), names))).join('');
}

const EMPHASIS = /(?<![\w*_~])([*_~])(?=\S)([^\n]*?\S)\1(?![\w*_~])/g;

function plain(text: string): string {
  const once = text.replaceAll(EMPHASIS, '$2');
  return once === text ? text : plain(once);
}

function resolved(text: string, names: Names): string {
  return text.replaceAll(/<([^<>\n]+)>/g, (_all, inner: string) => {
    const [target = '', label] = inner.split('|', 2);
    if (target.startsWith('@')) return `@${names.person(target.slice(1)) ?? label ?? target.slice(1)}`;
    if (target.startsWith('#')) return `#${names.channel(target.slice(1)) ?? label ?? target.slice(1)}`;
    if (target.startsWith('!date^')) return label ?? target;
    if (target.startsWith('!')) return `@${label ?? target.slice(1)}`;
    return label ?? target.replace(/^mailto:/, '');
  });
}

/** `@ana` and `#dev` in what somebody types. */
export const NAMED = /(?<![\w/])([@#][a-z0-9][\w-]*)/gi;

/** What Slack makes of a text that a person types, given the people and channels that can be named with @ and #. */
export function typed(text: string, idsByName: ReadonlyMap<string, string>): string {
  return escaped(text)
    .replaceAll(NAMED, (name: string) => {
      const id = idsByName.get(name.toLowerCase());
      return id === undefined ? name : `<${name[0]}${id}>`;
    })
    .replaceAll(/(?<![\w@<])[\w.+-]+@[\w-]+(\.[\w-]+)+/g, (address) => `<mailto:${address}|${address}>`)
    .replaceAll(/https?:\/\/[^\s<>|]+/g, (url) => `<${url}>`);
}

/** Whom a text would notify: user ids, and `channel`, `here`, `everyone` or a group for `<!…>`. */
export function mentionsIn(text: string): string[] {
  const people = [...text.matchAll(/<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>/g)].map((match) => match[1] ?? '');
  const groups = [...text.matchAll(/<!(channel|here|everyone|group|subteam\^[A-Z0-9]+)(?:\|[^<>]*)?>/g)];
  return [...people, ...groups.map((match) => match[1] ?? '')];
}
