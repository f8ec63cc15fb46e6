// What the fields of a head say: author, subject, and which mail answers which.
import { type AuthorFault, authorOf, mailboxesIn } from './author.ts';
import { decodeWords } from './encoded-word.ts';
import { fieldOf, type HeaderField, inOneLine, messageIdsIn, valuesOf } from './head.ts';
import { type Proof, unproven } from './proof.ts';
import type { Author, ReadHead } from './read-mail.ts';

const MOST_IDS = 100;

/** `lines` are the fields with names and folds; `prove` is asked only when there is an author. May be called with anything. */
export function headOf(
  lines: readonly string[],
  prove: (author: Author, headers: readonly HeaderField[]) => Proof,
): ReadHead {
  const headers = lines.map(fieldOf);
  const { author, fault } = whoWrote(headers);
  const subjects = valuesOf(headers, 'subject');
  return {
    author,
    ...(fault === undefined ? {} : { authorFault: fault }),
    proof: author === undefined ? unproven('no_author') : prove(author, headers),
    headers,
    subject: subjects.length === 1 ? inOneLine(decodeWords(subjects[0] ?? '')) : '',
    messageId: idsOf(headers, 'message-id')[0],
    inReplyTo: idsOf(headers, 'in-reply-to'),
    references: idsOf(headers, 'references'),
    recipients: [...valuesOf(headers, 'to'), ...valuesOf(headers, 'cc')].flatMap(mailboxesIn),
  };
}

/** Of a mail whose head cannot be read, or was not in time. */
export function unknownHead(): ReadHead {
  const none = { headers: [], subject: '', messageId: undefined, inReplyTo: [], references: [], recipients: [] };
  return { author: undefined, authorFault: 'malformed', proof: unproven('unreadable'), ...none };
}

function whoWrote(headers: readonly HeaderField[]): { author: Author | undefined; fault: AuthorFault | undefined } {
  const found = authorOf(headers.filter(({ name }) => name === 'from').map(({ line }) => line));
  if (found.kind === 'fault') return { author: undefined, fault: found.reason };
  const { address, domain, display } = found;
  return { author: { address, domain, display }, fault: undefined };
}

function idsOf(headers: readonly HeaderField[], name: string): string[] {
  return valuesOf(headers, name).flatMap(messageIdsIn).slice(0, MOST_IDS);
}
