// Where SendGrid's Inbound Parse posts: the secret in the path, its signature when there is a key, and the whole mail in the field `email`.
import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Logger } from '../../log.ts';
import type { Hook, HookAnswer, HookRequest } from '../door.ts';
import { FORM_BYTES_MAX, type FormFields, readForm } from './in/form.ts';
import type { RawMail } from './in/raw-mail.ts';
import { isFromSendgrid, sendgridKey } from './in/signature.ts';

export interface WebhookOptions {
  /** The last part of the path. */
  secret: string;
  /** In base64, as SendGrid shows it; undefined: signatures are not looked at. */
  publicKey: string | undefined;
  /** Resolves once the mail is written down or dropped for good; what it rejects with makes SendGrid try again. */
  take: (raw: RawMail) => Promise<void>;
  dropped: (reason: string, key: string) => Promise<void>;
  logger: Logger;
}

export const INBOUND_PATH = '/email/inbound/:secret';

/** What does not have the raw mail in it cannot be proven by us. */
const NOT_RAW = 'not_raw';
const envelopeSchema = z.object({ to: z.array(z.string()).max(100), from: z.string() });

export function createWebhook({ secret, publicKey, take, dropped, logger }: WebhookOptions): Hook {
  const key = publicKey === undefined ? undefined : sendgridKey(publicKey);

  async function answer(request: HookRequest): Promise<HookAnswer> {
    if (!isSame(request.params.secret ?? '', secret)) return { status: 401 };
    if (key !== undefined && !isFromSendgrid(request, key)) return { status: 401 };
    const fields = await readForm(request.headers['content-type'], request.body);
    if (fields === undefined) return { status: 400 };
    const raw = rawMail(fields);
    try {
      if (raw === undefined) {
        logger.warn(
          { door: 'email' },
          'SendGrid sent a mail parsed; tick "POST the raw, full MIME message" in its settings',
        );
        await dropped(NOT_RAW, createHash('sha256').update(request.body).digest('base64url'));
      } else await take(raw);
      return { status: 200 };
    } catch (error) {
      logger.warn({ door: 'email', error }, 'A mail could not be taken; SendGrid keeps it and tries again');
      return { status: 503 };
    }
  }

  return { path: INBOUND_PATH, mostBodyBytes: FORM_BYTES_MAX, answer };
}

/** Undefined when the form has no raw mail in it. */
function rawMail(fields: FormFields): RawMail | undefined {
  const bytes = fields.get('email');
  if (bytes === undefined) return undefined;
  const envelope = envelopeSchema.safeParse(parsed(fields.get('envelope')));
  const clientIp = fields.get('sender_ip')?.toString('utf8').trim();
  return {
    bytes,
    clientIp: clientIp === undefined || clientIp === '' ? undefined : clientIp,
    helo: undefined,
    envelopeFrom: envelope.data?.from,
    envelopeTo: envelope.data?.to ?? [],
    via: 'sendgrid',
  };
}

function parsed(field: Buffer | undefined): unknown {
  try {
    return JSON.parse(field?.toString('utf8') ?? '');
  } catch {
    return undefined;
  }
}

/** In the same time, whatever is given. */
function isSame(given: string, wanted: string): boolean {
  const [one, other] = [given, wanted].map((text) => createHash('sha256').update(text).digest());
  return one !== undefined && other !== undefined && timingSafeEqual(one, other);
}
