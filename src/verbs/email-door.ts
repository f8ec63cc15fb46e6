// The e-mail door as the configuration wants it.
import type { Door } from '../bots/door.ts';
import { createDropped } from '../bots/email/dropped.ts';
import { createEmailDoor, type SmtpSettings } from '../bots/email/email.ts';
import { systemResolver } from '../bots/email/in/dns.ts';
import { createSendgridTransport } from '../bots/email/sendgrid-transport.ts';
import { createSmtpTransport } from '../bots/email/smtp-transport.ts';
import type { Transport } from '../bots/email/transport.ts';
import { type Config, configError } from '../config.ts';
import type { HouseServices } from '../roles/house.ts';
import { understands } from '../roles/understands.ts';
import { audit } from '../store/audit.ts';
import { readCertificate } from './smtp-certificate.ts';

type Email = NonNullable<Config['email']>;

/** Mails that were dropped, or answers held back, by why. */
export type Dropped = Map<string, number>;

/** What signs the tokens of conversations: another text gives another secret. */
const TOKEN_PURPOSE = 'tokens of mail conversations';

/** @throws ShellboxError `config` when the certificate for SMTP or its key is of no use */
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
  if (tls === undefined) return { listen, trusted, certificate: undefined };
  const read = await readCertificate(tls);
  if (read.kind === 'faults') throw configError(read.faults);
  return { listen, trusted, certificate: { cert: read.cert, key: read.key } };
}
