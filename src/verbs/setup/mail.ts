// What setup asks about e-mail; docs/email.md tells the same at length.
import { randomBytes } from 'node:crypto';
import { emailFindings } from '../doctor-email.ts';
import type { Section } from './section.ts';

const SECRET_BYTES = 24;

export const EMAIL: Section = {
  title: 'E-mail',
  key: 'EMAIL_ADDRESS',
  about: [
    'It needs an address of a domain whose DNS you may change, a way in and a way out. docs/email.md tells more.',
  ],
  questions: [
    { variable: 'EMAIL_ADDRESS', what: 'The address people write to' },
    {
      variable: 'SMTP_LISTEN',
      what: 'Where mail comes in by SMTP, host:port',
      where: ['127.0.0.1:2525 behind a mail server on this machine.'],
      without: 'none: by SendGrid’s Inbound Parse',
    },
    {
      variable: 'EMAIL_INBOUND_SECRET',
      what: 'secret part of the address for SendGrid',
      when: (set) => !set.SMTP_LISTEN,
      make: () => randomBytes(SECRET_BYTES).toString('hex'),
    },
    {
      variable: 'SENDGRID_API_KEY',
      what: 'Key of SendGrid, by which answers go out',
      where: ['Settings, API Keys, Create, with "Mail Send" alone; it begins with SG.'],
      isSecret: true,
      without: 'none: by SMTP',
    },
    {
      variable: 'SMTP_URL',
      what: 'Where answers go out by SMTP, smtp://user:password@host:587',
      where: ['It may hold a password, so it is not shown.'],
      isSecret: true,
      when: (set) => !set.SENDGRID_API_KEY,
    },
    {
      variable: 'EMAIL_SIGNUP',
      what: 'Who gets a free account: closed, open, or domains and addresses with commas between',
      suggestion: 'closed',
    },
  ],
  look: emailFindings,
  next: ({ email }) => [
    ...(email?.inbound === undefined
      ? []
      : [
          'At SendGrid, Inbound Parse:  https://<this machine>/email/inbound/<EMAIL_INBOUND_SECRET of .env>, raw message on',
        ]),
    'A mail that tries the way out:  shellbox doctor --send-test email:<your address>',
  ],
};
