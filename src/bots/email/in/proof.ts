// Whether a mail is proven to be from the domain it says it is from: by a signature that aligns, or by where it came from.
import type { AuthenticateResult, DKIMResult } from 'mailauth';
import { getAlignment } from 'mailauth/lib/tools.js';
import { domainOf, withoutPlus } from '../address.ts';
import { mailboxesIn } from './author.ts';
import { isOfTheWorld } from './client-address.ts';
import { type HeaderField, messageIdsIn, valuesOf } from './head.ts';

export type Proof =
  /** `vendor`: by what SendGrid found, in a form that it signed. */
  | { proven: true; by: 'dkim' | 'spf' | 'vendor' }
  /** `temporary`: somebody's DNS did not answer, so the same mail may be proven later. */
  | { proven: false; reason: UnprovenReason; temporary: boolean };

export type UnprovenReason =
  | 'no_author'
  | 'repeated_field'
  | 'unsigned'
  | 'signature_failed'
  | 'not_aligned'
  | 'body_not_covered'
  | 'head_not_covered'
  | 'not_for_us'
  | 'too_old'
  | 'dns'
  | 'unreadable';

export interface Circumstances {
  /** Of the From address, in lower case. */
  authorDomain: string;
  head: readonly HeaderField[];
  clientIp: string | undefined;
  envelopeFrom: string | undefined;
  /** The address people write to; a signed mail to somebody else proves nothing here. */
  ownAddress: string;
  /** Whether somebody else signed too; those signatures are not in the result. */
  hadStrangers: boolean;
  /** A signature made earlier proves nothing. */
  notBefore: Date;
}

/** RFC 5322 3.6 allows one of each; of several, programs read different ones. */
const SINGLE_FIELDS = ['from', 'subject', 'to', 'cc', 'message-id', 'content-type', 'content-transfer-encoding'];
/**
 * What commands are taken from must be what was signed: RFC 6376 5.4 recommends all of these, and some large senders leave some out. Whoever
 * may change Content-Type chooses which bytes of a signed body are text, and whose; whoever may change Message-ID sends it once more.
 */
const COVERED_FIELDS = ['from', 'message-id', 'subject', 'date', 'content-type', 'content-transfer-encoding'];
/** Those that a signed mail has to have. */
const NEEDED_FIELDS = ['from', 'message-id'];

/**
 * `result` is that of mailauth's `authenticate` over the very bytes. Aligned is what DMARC calls so: the same organisational domain, or the same
 * domain where the domain's own policy is strict. `Authentication-Results` and ARC are not looked at: whoever sends can write them.
 *
 * Source: RFC 9989 3.2.10 and 4.4 (alignment), RFC 6376 8.2 (`l=`), RFC 7208 2.4 (SPF of the null sender speaks for no author).
 */
export function proofOf(result: AuthenticateResult, circumstances: Circumstances): Proof {
  const { head } = circumstances;
  const repeated = SINGLE_FIELDS.some((name) => head.filter((field) => field.name === name).length > 1);
  if (repeated) return unproven('repeated_field');
  const verdicts = result.dkim.results.map((signature) => verdictOn(signature, result, circumstances));
  if (verdicts.includes('proven')) return { proven: true, by: 'dkim' };
  const bySpf = spfVerdict(result, circumstances);
  if (bySpf === 'proven') return { proven: true, by: 'spf' };
  if (bySpf === 'dns' || verdicts.includes('dns')) return unproven('dns');
  // The fault that is nearest to a proof says most.
  const order = [
    'too_old',
    'not_for_us',
    'head_not_covered',
    'body_not_covered',
    'not_aligned',
    'signature_failed',
  ] as const;
  const nearest = order.find((reason) => verdicts.includes(reason));
  return unproven(nearest ?? (circumstances.hadStrangers ? 'not_aligned' : 'unsigned'));
}

export function unproven(reason: UnprovenReason): Proof {
  return { proven: false, reason, temporary: reason === 'dns' };
}

function verdictOn(
  signature: DKIMResult,
  { dmarc }: AuthenticateResult,
  { authorDomain, head, ownAddress, notBefore }: Circumstances,
): UnprovenReason | 'proven' {
  const { status, signingDomain = '' } = signature;
  if (status.result === 'temperror') return aligns(signingDomain, authorDomain, false) ? 'dns' : 'not_aligned';
  if (status.result === 'none') return 'unsigned';
  // A domain that tests its keys asks to be treated as unsigned (RFC 6376 3.6.1, t=y).
  if (status.result !== 'pass' || status.testing === true) return 'signature_failed';
  const strict = dmarc !== false && dmarc.alignment?.dkim?.strict === true;
  if (!aligns(signingDomain, authorDomain, strict)) return 'not_aligned';
  if (policyIsUnknown(dmarc) && !aligns(signingDomain, authorDomain, true)) return 'dns';
  if ((status.underSized ?? 0) > 0) return 'body_not_covered';
  const covered = coveredBy(signature);
  const present = COVERED_FIELDS.filter((name) => head.some((field) => field.name === name));
  if (!present.every((name) => covered.includes(name))) return 'head_not_covered';
  if (!NEEDED_FIELDS.every((name) => present.includes(name))) return 'head_not_covered';
  // By which it is known when it comes again.
  if (valuesOf(head, 'message-id').flatMap(messageIdsIn).length !== 1) return 'head_not_covered';
  if (!isFor(ownAddress, head, covered)) return 'not_for_us';
  return isSince(notBefore, signature, head) ? 'proven' : 'too_old';
}

/** By the time in the signature, or else by the signed Date. */
function isSince(notBefore: Date, { signTime }: DKIMResult, head: readonly HeaderField[]): boolean {
  const at = Date.parse(signTime ?? valuesOf(head, 'date')[0] ?? '');
  return at >= notBefore.getTime();
}

/** The names of the signed fields, in lower case. */
function coveredBy({ signingHeaders }: DKIMResult): string[] {
  return (signingHeaders?.keys ?? '').toLowerCase().split(/\s*:\s*/);
}

/** A signature holds wherever a mail is sent on to: what somebody wrote to another person is no command to us. */
function isFor(ownAddress: string, head: readonly HeaderField[], covered: readonly string[]): boolean {
  const own = withoutPlus(ownAddress);
  return head
    .filter(({ name }) => (name === 'to' || name === 'cc') && covered.includes(name))
    .some(({ value }) => mailboxesIn(value).some((address) => withoutPlus(address) === own));
}

function spfVerdict(
  { spf, dmarc }: AuthenticateResult,
  { authorDomain, clientIp, envelopeFrom }: Circumstances,
): 'proven' | 'dns' | 'none' {
  // From this machine or its network comes whatever a relay was given; nobody's SPF record says a word about that.
  if (clientIp === undefined || !isOfTheWorld(clientIp) || spf === false) return 'none';
  const domain = domainOf(envelopeFrom);
  const strict = dmarc !== false && dmarc.alignment?.spf?.strict === true;
  if (!aligns(domain, authorDomain, strict)) return 'none';
  if (spf.status.result === 'temperror') return 'dns';
  if (spf.status.result !== 'pass') return 'none';
  return policyIsUnknown(dmarc) && domain !== authorDomain ? 'dns' : 'proven';
}

function policyIsUnknown(dmarc: AuthenticateResult['dmarc']): boolean {
  return dmarc !== false && dmarc.status.result === 'temperror';
}

/** Of the same organisation, or the same where that is wanted. */
export function aligns(domain: string, authorDomain: string, strict: boolean): boolean {
  return domain !== '' && getAlignment(authorDomain, [domain], strict) !== false;
}
