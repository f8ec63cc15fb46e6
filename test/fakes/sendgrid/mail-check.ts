// Whether SendGrid would take a mail, and what it says if not. Source: https://www.twilio.com/docs/sendgrid/api-reference/mail-send/errors
import { z } from 'zod';
import { PERSONALIZATIONS, RECIPIENTS, RESERVED_HEADERS } from './limits.ts';

export interface Fault {
  message: string;
  field: string | null;
  help: string | null;
}

const address = z.strictObject({ email: z.email('Does not contain a valid address.'), name: z.string().optional() });
const headers = z
  .record(z.string(), z.string('Header values must be strings.'))
  .refine(
    (all) => Object.keys(all).every((name) => !RESERVED_HEADERS.has(name.toLowerCase())),
    'The header is one of the reserved headers and cannot be used.',
  )
  .refine(
    (all) =>
      Object.entries(all)
        .flat()
        .every((part) => /^[ -~]*$/.test(part)),
    'Headers must be encoded, on one line.',
  );
const switched = z.strictObject({ enable: z.boolean(), enable_text: z.boolean().optional() });

const personalization = z
  .strictObject({
    to: z.array(address).min(1, 'The to array is required for all personalization objects.'),
    cc: z.array(address).optional(),
    bcc: z.array(address).optional(),
    subject: z.string().min(1).optional(),
    headers: headers.optional(),
    custom_args: z.record(z.string(), z.string()).optional(),
  })
  .refine(({ to, cc = [], bcc = [] }) => {
    const all = [...to, ...cc, ...bcc].map(({ email }) => email.toLowerCase());
    return new Set(all).size === all.length;
  }, 'Each unique email address in the personalizations array should only be included once.');

const content = z
  .array(
    z.strictObject({
      type: z
        .string()
        .min(1)
        .regex(/^[^\r\n;]+$/, 'The content type cannot contain ; or CRLF characters.'),
      value: z.string().min(1, 'The content value must be a string at least one character in length.'),
    }),
  )
  .min(1, 'Unless a valid template_id is provided, the content parameter is required.')
  .superRefine((parts, context) => {
    const types = parts.map(({ type }) => type);
    const [plain, html] = [types.indexOf('text/plain'), types.indexOf('text/html')];
    if (plain > 0 || html > (plain === 0 ? 1 : 0))
      context.addIssue('If present, text/plain must be first, followed by text/html, followed by any other content.');
    if (types.some((type, place) => type.startsWith('text/') && types.indexOf(type) !== place))
      context.addIssue('If present, text/plain and text/html may only be provided once.');
  });

const attachment = z.strictObject({
  content: z.base64('The attachment content must be base64 encoded.').min(1),
  type: z
    .string()
    .min(1)
    .regex(/^[^\r\n;]+$/)
    .optional(),
  filename: z
    .string()
    .min(1)
    .regex(/^[^\r\n]+$/, 'The attachment filename cannot contain CRLF characters.'),
  disposition: z.enum(['inline', 'attachment']).optional(),
  content_id: z.string().min(1).optional(),
});

const mailSchema = z
  .strictObject({
    personalizations: z
      .array(personalization)
      .min(1, 'You must have at least one personalization.')
      .max(PERSONALIZATIONS, 'The personalization block is limited to 1000 personalizations per API request.'),
    from: address,
    reply_to: address.optional(),
    subject: z.string().min(1).optional(),
    content,
    attachments: z.array(attachment).optional(),
    headers: headers.optional(),
    categories: z.array(z.string().max(255)).max(10).optional(),
    custom_args: z.record(z.string(), z.string()).optional(),
    mail_settings: z.strictObject({ sandbox_mode: switched.optional() }).optional(),
    tracking_settings: z
      .strictObject({
        click_tracking: switched.optional(),
        open_tracking: switched.optional(),
        subscription_tracking: switched.optional(),
      })
      .optional(),
  })
  .superRefine(({ personalizations, subject }, context) => {
    const many = personalizations.flatMap(({ to, cc = [], bcc = [] }) => [...to, ...cc, ...bcc]).length;
    if (many > RECIPIENTS) context.addIssue('There is a limit of 1000 total recipients (to + cc + bcc) per request.');
    if (subject === undefined && personalizations.some((each) => each.subject === undefined))
      context.addIssue({
        code: 'custom',
        path: ['subject'],
        message: 'The subject is required. You can get around this requirement with a template.',
      });
  });

export type SentMail = z.infer<typeof mailSchema>;

export function checkMail(body: unknown): { mail: SentMail } | { faults: Fault[] } {
  const { data, error } = mailSchema.safeParse(body);
  if (data !== undefined) return { mail: data };
  return {
    faults: error.issues.map(({ message, path }) => ({ message, field: path.join('.') || null, help: null })),
  };
}
