// Subject and References of an answer, made of what the answered mail says about itself.

/** What the answered mail's headers hold; anything may stand there. */
export interface Parent {
  messageId: string | undefined;
  inReplyTo: readonly string[];
  references: readonly string[];
}

/** Characters of a subject that are kept; more is cut off. */
const SUBJECT_MAX = 150;
const NO_SUBJECT = 'Shellbox';
/** RFC 5322, 2.1.1: a line has at most 998 characters; the header's name and every client's folding have room in what is left. */
export const REFERENCES_MAX = 900;
/** Longer ones are somebody's joke; two of them must fit. */
const MESSAGE_ID_MAX = 400;
const MESSAGE_ID = /^<[!-;=?-~]+>$/;
/** What breaks lines or acts on them, half characters, and marks that turn the direction of writing. */
const ACTS = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]+/gu;
/** What mail programs put before the subject of an answer, in their languages; also `Re[2]:`. */
const ANSWER = /^(?:re|aw|antw|sv|vs|odp|ynt|res|rif)(?:\[\d+\])?\s*[:：]\s*/i;

/** `Re: spinup mybox`, once, on one line, whatever stood there. */
export function subjectOf(subject: string): string {
  let rest = subject.replace(ACTS, ' ').replace(/\s+/g, ' ').trim();
  while (ANSWER.test(rest)) rest = rest.replace(ANSWER, '');
  const cut = [...rest].slice(0, SUBJECT_MAX).join('').trim();
  return `Re: ${cut === '' ? NO_SUBJECT : cut}`;
}

/** The answered mail's Message-ID as it may stand in a header; undefined when it has none that may. */
export function inReplyToOf({ messageId }: Parent): string | undefined {
  return messageId === undefined ? undefined : idsIn([messageId])[0];
}

/**
 * The References of an answer: the answered mail's own, or the one mail it answers, and its Message-ID; without what is none. At
 * most `REFERENCES_MAX` characters with spaces between: what is too much is left out after the first, because the first is the
 * conversation and the last are its end. Source: RFC 5322, 3.6.4.
 */
export function referencesOf(parent: Parent): string[] {
  const own = inReplyToOf(parent);
  const answered = idsIn(parent.inReplyTo);
  const known = parent.references.length > 0 || answered.length > 1 ? idsIn(parent.references) : answered;
  const all = [...new Set([...known.filter((id) => id !== own), ...(own === undefined ? [] : [own])])];
  return shortened(all);
}

function shortened(ids: readonly string[]): string[] {
  const [first, ...others] = ids;
  if (first === undefined) return [];
  let room = REFERENCES_MAX - first.length;
  const kept: string[] = [];
  for (const id of others.toReversed()) {
    room -= id.length + 1;
    if (room < 0) break;
    kept.unshift(id);
  }
  return [first, ...kept];
}

/** Brackets may be missing, several may stand in one. */
function idsIn(values: readonly string[]): string[] {
  return values
    .flatMap((value) => value.split(/[\s,]+/))
    .map((value) => (value.startsWith('<') ? value : `<${value}>`))
    .filter((id) => id.length <= MESSAGE_ID_MAX && MESSAGE_ID.test(id));
}
