// What the SendGrid of tests refuses, as the real one's list of errors has it.
import { expect, test } from 'vitest';
import { checkMail } from './mail-check.ts';

const GOOD = {
  personalizations: [{ to: [{ email: 'ana@example.org' }] }],
  from: { email: 'box@acme.dev', name: 'Shellbox' },
  subject: 'Re: list',
  content: [
    { type: 'text/plain', value: 'one' },
    { type: 'text/html', value: '<p>one</p>' },
  ],
};
const [plain, html] = GOOD.content;

test('an ordinary mail is taken', () => {
  expect(checkMail({ ...GOOD, headers: { 'Message-ID': '<1@acme.dev>', References: '<0@acme.dev>' } })).toHaveProperty(
    'mail',
  );
});

test.each([
  ['nobody to send to', { personalizations: [{ to: [] }] }, 'personalizations.0.to'],
  ['no personalization', { personalizations: [] }, 'personalizations'],
  ['an address that is none', { from: { email: 'box' } }, 'from.email'],
  [
    'one address twice',
    { personalizations: [{ to: [{ email: 'a@b.de' }, { email: 'A@b.de' }] }] },
    'personalizations.0',
  ],
  ['no subject', { subject: undefined }, 'subject'],
  ['no content', { content: [] }, 'content'],
  ['HTML before text', { content: [html, plain] }, 'content'],
  ['text twice', { content: [plain, plain] }, 'content'],
  ['empty text', { content: [{ type: 'text/plain', value: '' }] }, 'content.0.value'],
  ['an attachment that is not base64', { attachments: [{ content: 'ä', filename: 'a' }] }, 'attachments.0.content'],
  ['a line feed in a file name', { attachments: [{ content: 'YQ==', filename: 'a\nb' }] }, 'attachments.0.filename'],
  ['a line feed in a header', { headers: { References: '<a@b>\r\nBcc: x@y' } }, 'headers'],
  ['an unknown property', { replyTo: 'box@acme.dev' }, null],
  ...['x-sg-id', 'Received', 'DKIM-Signature', 'Content-Type', 'Reply-To', 'To', 'From', 'Subject', 'CC', 'bcc'].map(
    (name) => [`the reserved header ${name}`, { headers: { [name]: 'x' } }, 'headers'] as const,
  ),
] as const)('%s is refused', (_, change, field) => {
  const checked = checkMail({ ...GOOD, ...change });
  expect('faults' in checked && checked.faults.map((fault) => fault.field)).toContain(field);
});
