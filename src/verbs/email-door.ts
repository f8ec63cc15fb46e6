// The e-mail door as the configuration wants it.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { Door } from '../bots/door.ts';
import { createDropped } from '../bots/email/dropped.ts';
import { createEmailDoor, type SmtpSettings } from '../bots/email/email.ts';
import { systemResolver } from '../bots/email/in/dns.ts';
import { createSendgridTransport } from '../bots/email/sendgrid-transport.ts';
import { createSmtpTransport } from '../bots/email/smtp-transport.ts';
import type { Transport } from '../bots/email/transport.ts';
import type { Config } from '../config.ts';
import { ShellboxError } from '../errors.ts';
import type { HouseServices } from '../roles/house.ts';
import { understands } from '../roles/understands.ts';
import { audit } from '../store/audit.ts';

type Email = NonNullable<Config['email']>;

/** Mails that were dropped, or answers held back, by why. */
export type Dropped = Map<string, number>;

/** What signs the tokens of conversations: another text gives another secret. */
const TOKEN_PURPOSE = 'tokens of mail conversations';

/** @throws ShellboxError `config` when a file of the certificate cannot be read */
export async function emailDoor(
  email: Email,
  { db, secrets, settings, now, logger }: HouseServices,
  dropped: Dropped,
  held: Dropped,
): Promise<Door> {
  return createEmailDoor({
    ...email,
    smtp: email.smtp && (await smtpSettings(email.smtp)),
    transport: transportOf(email, now),
    tokenSecret: secrets.hash(TOKEN_PURPOSE),
    understands,
    resolve: systemResolver(email.dnsServers),
    timeZone: settings.defaultTimeZone,
    retainDays: settings.retainDays,
    dropped: createDropped({
      count: (reason) => dropped.set(reason, (dropped.get(reason) ?? 0) + 1),
      record: (action, target) => audit(db.tx, { actor: 'system', action, target }),
      now,
      logger,
    }),
    held: (reason) => void held.set(reason, (held.get(reason) ?? 0) + 1),
    now,
    logger,
  });
}

export function transportOf({ outgoing }: Pick<Email, 'outgoing'>, now: () => Date): Transport {
  if (outgoing.kind === 'smtp') return createSmtpTransport(outgoing);
  const { apiKey, apiUrl } = outgoing;
  return createSendgridTransport({ apiKey, now, ...(apiUrl === undefined ? {} : { url: apiUrl }) });
}

async function smtpSettings({ listen, trusted, tls }: NonNullable<Email['smtp']>): Promise<SmtpSettings> {
  return { listen, trusted, certificate: tls && (await readCertificate(tls)) };
}

/** @throws ShellboxError `config` when one of the files cannot be read, or they are no certificate with its key */
export async function readCertificate(tls: {
  certificate: string;
  key: string;
}): Promise<{ cert: string; key: string }> {
  const read = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);
  const [cert, key] = await Promise.all([read(tls.certificate), read(tls.key)]);
  const unread = [cert === undefined && 'SMTP_TLS_CERT', key === undefined && 'SMTP_TLS_KEY'].filter(Boolean);
  if (cert === undefined || key === undefined)
    throw new ShellboxError('config', `${unread.join(' and ')}: cannot be read.`, {
      remedy: 'Make it readable for this user, or correct the path.',
    });
  const wrong = [
    !isGood(() => new X509Certificate(cert)) && 'SMTP_TLS_CERT: that file is no certificate in PEM',
    !isGood(() => createPrivateKey(key)) && 'SMTP_TLS_KEY: that file is no private key in PEM without a password',
  ].filter(Boolean);
  if (wrong.length === 0 && !isGood(() => createSecureContext({ cert, key })))
    wrong.push('SMTP_TLS_KEY: that is not the key of the certificate in SMTP_TLS_CERT');
  if (wrong.length > 0) throw new ShellboxError('config', `${wrong.join('; ')}.`, { remedy: 'Correct the path.' });
  return { cert, key };
}

function isGood(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}
