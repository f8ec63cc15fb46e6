// A mail from the fields SendGrid made of it, on SendGrid's word for who sent it: to be taken only from a form that SendGrid signed.
import { domainOf } from '../address.ts';
import type { ParsedForm } from './form.ts';
import { headLines } from './head.ts';
import { htmlLines } from './html-lines.ts';
import { keysIn } from './key-files.ts';
import { aligns, type Proof, unproven } from './proof.ts';
import { headOf } from './read-head.ts';
import type { ReadMail } from './read-mail.ts';

/**
 * What SPF came to is the vendor's own finding; that it aligns with From is looked at here. Its word on DKIM is not taken: what a signature covers
 * is not told, and one over a mail to somebody else would do. That is why raw mail is the better way. Never throws.
 */
export function mailOfForm({ fields, envelopeFrom, keyFiles, hasPrivateKey, cut }: ParsedForm): ReadMail {
  const head = headOf(headLines(fields.get('headers') ?? ''), (author) =>
    proofOfForm(fields, envelopeFrom, author.domain),
  );
  const text = fields.get('text');
  const said = text !== undefined && text.trim() !== '' ? text : htmlLines(fields.get('html') ?? '');
  if (cut) return { ...head, text: '', keys: [], hasPrivateKey, readable: false };
  return { ...head, text: said, keys: keysIn(keyFiles), hasPrivateKey, readable: true };
}

function proofOfForm(fields: ReadonlyMap<string, string>, envelopeFrom: string | undefined, domain: string): Proof {
  if (fields.get('SPF')?.trim().toLowerCase() !== 'pass') return unproven('unsigned');
  return aligns(domainOf(envelopeFrom), domain, false) ? { proven: true, by: 'vendor' } : unproven('not_aligned');
}
