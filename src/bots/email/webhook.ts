// Where SendGrid's Inbound Parse posts: the secret in the path, its signature where there is a key, and the whole mail in the form.
import { createHash, type KeyObject } from 'node:crypto';
import type { Logger } from '../../log.ts';
import type { Secret } from '../../secret.ts';
import type { Hook, HookAnswer, HookRequest } from '../door.ts';
import type { DroppedMail } from './dropped.ts';
import { LARGEST_FORM_BYTES, type ReadForm, readForm } from './in/form.ts';
import { mailOfForm } from './in/parsed-form.ts';
import type { RawMail } from './in/raw-mail.ts';
import type { ReadMail } from './in/read-mail.ts';
import { isFromSendGrid, isSecret } from './in/signature.ts';

export interface WebhookOptions {
  /** The last part of the path. */
  secret: Secret;
  /** SendGrid's, on P-256; undefined: signatures are not looked at, and only raw mails are taken. */
  publicKey: KeyObject | undefined;
  /** Both resolve once the mail is written down or dropped for good; what they reject with makes SendGrid try again. */
  take: (raw: RawMail) => Promise<void>;
  takeParsed: (mail: ReadMail, envelopeFrom: string | undefined, envelopeTo: readonly string[]) => Promise<void>;
  dropped: (mail: DroppedMail) => Promise<void>;
  now: () => Date;
  logger: Logger;
}

export const INBOUND_PATH = '/email/inbound/:secret';
/** The form has no raw mail in it, and nobody signed what SendGrid found out about it. */
const NOT_RAW = 'not_raw';

export function createWebhook(options: WebhookOptions): Hook {
  const { secret, publicKey: key, dropped, now, logger } = options;

  async function answer(request: HookRequest): Promise<HookAnswer> {
    if (key !== undefined && !(await isFromSendGrid(request, key, now()))) return { status: 401 };
    const form = await readForm(request);
    try {
      await take(form, request);
      return { status: 200 };
    } catch (error) {
      logger.warn({ door: 'email', error }, 'A mail could not be taken; SendGrid keeps it and tries again');
      return { status: 503 };
    }
  }

  async function take(form: ReadForm, { body }: HookRequest): Promise<void> {
    const drop = (reason: string): Promise<void> =>
      dropped({ reason, key: createHash('sha256').update(body).digest('base64url') });
    if (form.kind === 'fault') return drop(form.reason);
    if (form.kind === 'raw') return options.take(form.mail);
    if (key !== undefined)
      return options.takeParsed(mailOfForm(form.form), form.form.envelopeFrom, form.form.envelopeTo);
    logger.warn(
      { door: 'email' },
      'SendGrid sends mails parsed: tick "POST the raw, full MIME message" in its Inbound Parse settings',
    );
    await drop(NOT_RAW);
  }

  return {
    path: INBOUND_PATH,
    mostBodyBytes: LARGEST_FORM_BYTES,
    admits: ({ params }) => isSecret(params.secret ?? '', secret.reveal()),
    answer,
  };
}
