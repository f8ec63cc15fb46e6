// What SendGrid's mail/send refuses by number or by name. Source: https://www.twilio.com/docs/sendgrid/api-reference/mail-send/limitations

/** The whole message, attachments too. */
export const MESSAGE_BYTES = 30 * 1024 * 1024;
export const PERSONALIZATIONS = 1_000;
export const RECIPIENTS = 1_000;

/** In lower case. Source: https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send */
export const RESERVED_HEADERS: ReadonlySet<string> = new Set([
  'x-sg-id',
  'x-sg-eid',
  'received',
  'dkim-signature',
  'content-type',
  'content-transfer-encoding',
  'to',
  'from',
  'subject',
  'reply-to',
  'cc',
  'bcc',
]);
