// Whether a mail is proven to be from the domain it says it is from: by a signature that aligns, or by where it came from.
import { BlockList, isIP } from 'node:net';
import type { AuthenticateResult, DKIMResult } from 'mailauth';
import { getAlignment } from 'mailauth/lib/tools.js';
import type { HeaderField } from './head.ts';
import { withoutPlus } from './loops.ts';

export type Proof =
  /** `signatureId` is that of the signature, the same however often the mail is sent on to us. */
  | { proven: true; by: 'dkim'; signatureId: string; coversMessageId: boolean }
  /** `vendor`: by what SendGrid found, in a form that it signed. */
  | { proven: true; by: 'spf' | 'vendor' }
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
  | 'dns'
  | 'unreadable';

export interface Circumstances {
  /** Of the From address, in lower case. */
  authorDomain: string;
  head: readonly HeaderField[];
  clientIp: string | undefined;
  envelopeFrom: string | undefined;
  /** The address people write to; a signed mail to somebody else proves nothing here. Undefined: not looked at. */
  ownAddress: string | undefined;
}

/** RFC 5322 3.6 allows one of each; of several, programs read different ones. */
const SINGLE_FIELDS = ['from', 'subject', 'to', 'cc', 'message-id', 'content-type', 'content-transfer-encoding'];
/** What commands are taken from must be what was signed (RFC 6376 5.4 recommends more, which many senders leave out). */
const COVERED_FIELDS = ['from', 'subject'];

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('0.0.0.0', 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');
LOOPBACK.addAddress('::', 'ipv6');

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
  const signature = result.dkim.results[verdicts.indexOf('proven')];
  if (signature?.id !== undefined) {
    const coversMessageId = coveredBy(signature).includes('message-id');
    return { proven: true, by: 'dkim', signatureId: signature.id, coversMessageId };
  }
  const bySpf = spfVerdict(result, circumstances);
  if (bySpf === 'proven') return { proven: true, by: 'spf' };
  if (bySpf === 'dns' || verdicts.includes('dns')) return unproven('dns');
  // The fault that is nearest to a proof says most.
  const order = ['not_for_us', 'head_not_covered', 'body_not_covered', 'not_aligned', 'signature_failed'] as const;
  return unproven(order.find((reason) => verdicts.includes(reason)) ?? 'unsigned');
}

export function unproven(reason: UnprovenReason): Proof {
  return { proven: false, reason, temporary: reason === 'dns' };
}

function verdictOn(
  signature: DKIMResult,
  { dmarc }: AuthenticateResult,
  { authorDomain, head, ownAddress }: Circumstances,
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
  const mustBe = COVERED_FIELDS.filter((name) => name === 'from' || head.some((field) => field.name === name));
  if (!mustBe.every((name) => covered.includes(name))) return 'head_not_covered';
  return isFor(ownAddress, head, covered) ? 'proven' : 'not_for_us';
}

/** The names of the signed fields, in lower case. */
function coveredBy({ signingHeaders }: DKIMResult): string[] {
  return (signingHeaders?.keys ?? '').toLowerCase().split(/\s*:\s*/);
}

/** A signature holds wherever a mail is sent on to: what somebody wrote to another person is no command to us. */
function isFor(ownAddress: string | undefined, head: readonly HeaderField[], covered: readonly string[]): boolean {
  if (ownAddress === undefined) return true;
  const own = withoutPlus(ownAddress);
  return head
    .filter(({ name }) => (name === 'to' || name === 'cc') && covered.includes(name))
    .some(({ value }) => addressesIn(value).some((address) => withoutPlus(address) === own));
}

/** What looks like an address in a To or Cc, in lower case. */
export function addressesIn(value: string): string[] {
  return (value.match(/[^\s<>(),;:"@]{1,64}@[A-Za-z0-9.-]{1,255}/g) ?? []).map((address) => address.toLowerCase());
}

function spfVerdict(
  { spf, dmarc }: AuthenticateResult,
  { authorDomain, clientIp, envelopeFrom }: Circumstances,
): 'proven' | 'dns' | 'none' {
  // From loopback comes whatever a relay on this machine was given; nobody's SPF record says a word about that.
  if (clientIp === undefined || isLoopback(clientIp) || !envelopeFrom?.includes('@') || spf === false) return 'none';
  const domain = envelopeFrom.slice(envelopeFrom.lastIndexOf('@') + 1).toLowerCase();
  const strict = dmarc !== false && dmarc.alignment?.spf?.strict === true;
  if (!aligns(domain, authorDomain, strict)) return 'none';
  if (spf.status.result === 'temperror') return 'dns';
  if (spf.status.result !== 'pass') return 'none';
  return policyIsUnknown(dmarc) && domain !== authorDomain ? 'dns' : 'proven';
}

function policyIsUnknown(dmarc: AuthenticateResult['dmarc']): boolean {
  return dmarc !== false && dmarc.status.result === 'temperror';
}

function aligns(domain: string, authorDomain: string, strict: boolean): boolean {
  return domain !== '' && getAlignment(authorDomain, [domain], strict) !== false;
}

function isLoopback(ip: string): boolean {
  const address = ip.replace(/^::ffff:(?=\d+\.)/i, '');
  const family = isIP(address);
  return family !== 0 && LOOPBACK.check(address, family === 4 ? 'ipv4' : 'ipv6');
}
