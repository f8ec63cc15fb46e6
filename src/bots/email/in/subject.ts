// What kind of mail a subject tells of: an answer, something passed on, or a new thought.

/** What mail programs of the world put before the subject of an answer, and of what is passed on. */
const REPLY = ['re', 'aw', 'antw', 'sv', 'vs', 'res', 'rif', 'r', 'odp', 'ynt', 'bls', 'atb', 'ref', 'ang', 'svar'];
const REPLY_ELSEWHERE = ['回复', '回覆', '答复', '答覆', 'отв', 'ответ', 'відп', 'απ', 'σχετ', 'תגובה', 'השב', 'رد'];
const FORWARD = [
  'fw',
  'fwd',
  'wg',
  'tr',
  'rv',
  'enc',
  'doorst',
  'vb',
  'i',
  'vl',
  'pd',
  'ilt',
  'i̇lt',
  'fs',
  'továbbítás',
];
const FORWARD_ELSEWHERE = ['转发', '轉寄', '転送', 'пересл', 'пер', 'προθ', 'הועבר', 'إعادة توجيه'];

const PREFIX = /^\s*([\p{L}\p{M}]{1,12}(?: [\p{L}\p{M}]{1,10})?)\s?(?:\[\d{1,3}\]|\(\d{1,3}\)|\*\d{1,3})?\s?[:：]/u;

export type SubjectKind = 'new' | 'reply' | 'forward';

/**
 * An answer is known by its subject or by the mail it names, because not every program puts `Re:` before a subject, and a command in it
 * would be run with each answer.
 */
export function mailKind(mail: {
  subject: string;
  inReplyTo: readonly string[];
  references: readonly string[];
}): SubjectKind {
  const kind = subjectKind(mail.subject);
  return kind === 'new' && mail.inReplyTo.length + mail.references.length > 0 ? 'reply' : kind;
}

/** By the first prefix; a word of ours before a colon (`shellbox: stop`) is none. */
export function subjectKind(subject: string): SubjectKind {
  const prefix = PREFIX.exec(subject.normalize('NFC'))?.[1]?.toLowerCase() ?? '';
  if ([...FORWARD, ...FORWARD_ELSEWHERE].includes(prefix)) return 'forward';
  return [...REPLY, ...REPLY_ELSEWHERE].includes(prefix) ? 'reply' : 'new';
}
