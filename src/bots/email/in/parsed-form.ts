// A mail from the fields SendGrid made of it, on SendGrid's word for who sent it: to be taken only from a form that SendGrid signed.
import { getAlignment } from 'mailauth/lib/tools.js';
import { parsePublicKey } from '../../../accounts/keys.ts';
import type { ParsedForm } from './form.ts';
import { htmlLines } from './html-lines.ts';
import { type Proof, unproven } from './proof.ts';
import { headOf } from './read-head.ts';
import type { ReadMail } from './read-mail.ts';

const MOST_KEYS = 5;
/** `{@acme.dev : pass, @example.org : fail}` */
const DKIM_RESULT = /@([A-Za-z0-9.-]{1,253})\s*:\s*([a-z]+)/g;

/**
 * What DKIM and SPF came to is the vendor's own finding; that they align with From is looked at here. Never throws. The signatures' coverage
 * of body and subject is not known, which is why raw mail is the better way.
 */
export function mailOfForm({ fields, envelopeFrom, keyFiles, hasPrivateKey, cut }: ParsedForm): ReadMail {
  const lines = (fields.get('headers') ?? '').split(/\r?\n(?![ \t])/).filter((line) => line !== '');
  const head = headOf(lines, (author) => proofOfForm(fields, envelopeFrom, author.domain));
  const text = fields.get('text');
  const said = text !== undefined && text.trim() !== '' ? text : htmlLines(fields.get('html') ?? '');
  const keys = keyFiles.flatMap((file) => file.split(/\r?\n/)).flatMap((line) => keyIn(line));
  if (cut) return { ...head, text: '', keys: [], readable: false };
  return { ...head, text: said, keys: keys.slice(0, MOST_KEYS), hasPrivateKey, readable: true };
}

function proofOfForm(fields: ReadonlyMap<string, string>, envelopeFrom: string | undefined, domain: string): Proof {
  const signers = [...(fields.get('dkim') ?? '').matchAll(DKIM_RESULT)];
  const passed = signers.filter(([, , result]) => result === 'pass').map(([, signer = '']) => signer.toLowerCase());
  if (passed.length > 0 && getAlignment(domain, passed) !== false) {
    return { proven: true, by: 'vendor' };
  }
  const from = envelopeFrom?.slice(envelopeFrom.lastIndexOf('@') + 1).toLowerCase() ?? '';
  const isAligned = from !== '' && getAlignment(domain, [from]) !== false;
  if (fields.get('SPF')?.trim().toLowerCase() === 'pass' && isAligned) return { proven: true, by: 'vendor' };
  return unproven(passed.length > 0 ? 'not_aligned' : 'unsigned');
}

function keyIn(line: string): string[] {
  const parsed = parsePublicKey(line);
  return parsed.ok ? [parsed.key.line] : [];
}
