// Whether a program wrote a mail: what must never be answered, or two programs answer each other for ever.
import { domainOf, withoutPlus } from '../address.ts';
import { authorOf } from './author.ts';
import { type HeaderField, valuesOf } from './head.ts';

/** Addresses nobody reads. */
const ROBOT_NAMES = /^(?:mailer-?daemon|postmaster|(?:do[-_]?not|no)[-_]?reply|bounces?)(?:[+=.-].*)?$/;
/** Present in what programs send, whatever they say (RFC 2369, RFC 2919; vendors' own). */
const TELLING_FIELDS = [
  'x-autoreply',
  'x-autorespond',
  'x-autoresponder',
  'x-auto-reply-from',
  'x-loop',
  'x-failed-recipients',
];
const BULK = ['bulk', 'junk', 'list', 'auto_reply'];
/** Those the e-mail door makes: a row's id and a thread's token. */
const OUR_MESSAGE_ID = /^<[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\.[^@<>\s]+@([^@<>\s]+)>$/i;

/**
 * Why a mail is from a program, in a word for the log; undefined when a person may have written it. `envelopeFrom` '' is the null
 * sender, undefined when it is not known. `ownAddresses` are those we send from; plus-addresses of them count too.
 *
 * Source: RFC 3834 2 (Auto-Submitted, Precedence, null sender), MS-OXCMAIL (X-Auto-Response-Suppress).
 */
export function robotReason(
  headers: readonly HeaderField[],
  envelopeFrom: string | undefined,
  ownAddresses: readonly string[],
): string | undefined {
  const submitted = valuesOf(headers, 'auto-submitted').map(firstWord);
  if (submitted.some((word) => word !== 'no')) return 'auto_submitted';
  if (headers.some(({ name }) => name.startsWith('list-'))) return 'list';
  if (valuesOf(headers, 'precedence').some((value) => BULK.includes(firstWord(value)))) return 'precedence';
  if (valuesOf(headers, 'x-auto-response-suppress').some((value) => firstWord(value) !== 'none')) return 'suppressed';
  if (headers.some(({ name }) => TELLING_FIELDS.includes(name))) return 'auto_reply';
  if (valuesOf(headers, 'content-type').some((value) => firstWord(value) === 'multipart/report')) return 'report';
  if (envelopeFrom === '' || valuesOf(headers, 'return-path').some((value) => value === '<>')) return 'null_sender';
  return robotSender(headers, envelopeFrom, ownAddresses.map(withoutPlus));
}

function robotSender(
  headers: readonly HeaderField[],
  envelopeFrom: string | undefined,
  ownAddresses: readonly string[],
): string | undefined {
  const author = authorOf(headers.filter(({ name }) => name === 'from').map(({ line }) => line));
  const senders = [envelopeFrom, author.kind === 'author' ? author.address : undefined]
    .filter((address) => address !== undefined)
    .map((address) => address.toLowerCase());
  if (senders.some((address) => ROBOT_NAMES.test(address.slice(0, address.lastIndexOf('@'))))) return 'robot_address';
  if (senders.some((address) => ownAddresses.includes(withoutPlus(address)))) return 'own_address';
  const ownDomains = ownAddresses.map(domainOf);
  const isOurs = (id: string): boolean => ownDomains.includes(OUR_MESSAGE_ID.exec(id)?.[1]?.toLowerCase() ?? '');
  return valuesOf(headers, 'message-id').some(isOurs) ? 'own_message' : undefined;
}

function firstWord(value: string): string {
  return (/^[^\s;,]*/.exec(value.trim())?.[0] ?? '').toLowerCase();
}
