// How text that somebody typed is shown back to them: short, on one line, with nothing invisible and nothing that acts.

/** Controls, formats, lone surrogates, marks, spaces other than the common one, and letters that are drawn as nothing. */
const UNSEEN = /[\p{C}\p{M}\p{Default_Ignorable_Code_Point}\u2800[\p{Z}--[ ]]]/gv;
const MOST_SHOWN = 40;

/** U+0000 */
export function codePoint(character: string): string {
  const number = character.codePointAt(0) ?? 0;
  return `U+${number.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** `value`, cut to about `limit` characters, with what cannot be seen written as U+XXXX. May be called with anything. */
export function shown(value: string, limit = MOST_SHOWN): string {
  const head = [...value.slice(0, limit * 2)].slice(0, limit).join('');
  const seen = head.replace(UNSEEN, codePoint);
  return head.length < value.length ? `${seen}…` : seen;
}

/** One character as people can recognise it: the code point where it cannot be seen, and also where it may be taken for another. */
export function shownCharacter(character: string): string {
  const seen = shown(character);
  return seen === character && character > '~' ? `"${character}" (${codePoint(character)})` : `"${seen}"`;
}

/** All of a text that somebody wrote, for whoever reads it: nothing invisible and no control character; line feeds stay. */
export function plain(text: string): string {
  return (
    text
      .split('\n')
      // Room for the tabs, which become two spaces each.
      .map((line) => shown(line.replaceAll('\t', '  '), line.length * 2))
      .join('\n')
  );
}

/** At most `most` UTF-16 units, with an ellipsis where something was cut off. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  // No half of a surrogate pair.
  return `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
