// Which signatures of a mail are worth a look: each costs a question to somebody's DNS and a pass over the whole body.
import { authorOf } from './author.ts';
import { aligns } from './proof.ts';

/** Of the author's organisation; people's mails have one or two. */
const MOST_SIGNATURES = 3;
/** Fields of a head; mails that came a long way have some eighty. */
const MOST_FIELDS = 1_000;

export interface Candidates {
  /** The head without the signatures that cannot prove its author, its lines as they were. */
  head: Buffer;
  authorDomain: string;
  /** Whether there were others. */
  hadStrangers: boolean;
}

/** Why there is nothing to be verified: nobody who could have signed, or more than anybody writes. */
export type NoCandidates = 'no_author' | 'too_many_fields';

/** `head` ends before the empty line. Never throws; may be called with anything. */
export function candidatesIn(head: Buffer): Candidates | NoCandidates {
  // Latin 1 keeps every byte.
  const fields = head.toString('latin1').split(/(?<=\n)(?![ \t])/);
  if (fields.length > MOST_FIELDS) return 'too_many_fields';
  const from = fields.filter((field) => /^from[ \t]*:/i.test(field));
  const author = authorOf(from.map((field) => Buffer.from(field.replace(/\r?\n$/, ''), 'latin1').toString('utf8')));
  if (author.kind === 'fault') return 'no_author';
  let left = MOST_SIGNATURES;
  let hadStrangers = false;
  const kept = fields.filter((field) => {
    if (!/^dkim-signature[ \t]*:/i.test(field)) return true;
    if (!aligns(signerOf(field), author.domain, false)) hadStrangers = true;
    else if (left-- > 0) return true;
    return false;
  });
  return { head: Buffer.from(kept.join(''), 'latin1'), authorDomain: author.domain, hadStrangers };
}

/** The `d=` of a signature in lower case, '' where it has none (RFC 6376 3.5). */
function signerOf(field: string): string {
  const unfolded = field.replace(/\s+/g, '');
  return (/(?:^dkim-signature:|;)d=([^;]*)/i.exec(unfolded)?.[1] ?? '').toLowerCase();
}
