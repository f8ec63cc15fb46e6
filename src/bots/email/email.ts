// The e-mail door: mails in by SMTP and SendGrid's Inbound Parse, their commands run in order, one mail in answer.
import { ShellboxError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { Intake } from '../../threads/arrival.ts';
import type { HeldBack } from '../../threads/reply.ts';
import type { Door } from '../door.ts';
import { domainOf } from './address.ts';
import { composeMail } from './compose.ts';
import type { DroppedMail } from './dropped.ts';
import type { Resolver } from './in/dns.ts';
import type { Understands } from './in/lines.ts';
import type { RawMail } from './in/raw-mail.ts';
import { createMailReader } from './in/reader.ts';
import { type SmtpListener, startSmtp } from './in/smtp.ts';
import { createIncoming } from './incoming.ts';
import { directPlace, placeOf } from './place.ts';
import { createThreading } from './threading.ts';
import { MailRefused, type Transport } from './transport.ts';
import { createWebhook, type WebhookOptions } from './webhook.ts';

export interface EmailDoorOptions {
  /** Where people write to, in lower case. */
  address: string;
  /** Undefined: nothing comes by Inbound Parse. */
  inbound: Pick<WebhookOptions, 'secret' | 'publicKey'> | undefined;
  /** Undefined: nothing comes by SMTP. */
  smtp: SmtpSettings | undefined;
  transport: Transport;
  /** Signs the tokens by which answers find their conversation; at least 32 bytes. */
  tokenSecret: Uint8Array;
  understands: Understands;
  allowUnauthenticated: boolean;
  resolve: Resolver;
  /** IANA name, for times in logs. */
  timeZone: string;
  /** Told of each mail that is dropped. */
  dropped: (mail: DroppedMail) => Promise<void>;
  /** For how many days it is known which mails were done; no signature that is older proves one. */
  retainDays: number;
  /** Told of each answer that is not sent because it is one too many. */
  held: (reason: HeldBack) => void;
  now: () => Date;
  logger: Logger;
}

export interface SmtpSettings {
  listen: { host: string; port: number };
  trusted: readonly string[];
  /** In PEM. */
  certificate: { cert: string; key: string } | undefined;
}

/** A mail is read within this time, with all that is asked of DNS, or its server tries again. */
const TAKE_MS = 30_000;
const DAY_MS = 86_400_000;
/** Servers try for five days to hand a mail on (RFC 5321 4.5.4.1). */
const MOST_DAYS = 7;

export function createEmailDoor(options: EmailDoorOptions): Door {
  const { address, transport, timeZone, logger } = options;
  const threading = createThreading({ address, secret: options.tokenSecret });
  const ownHost = domainOf(address);
  const maximumAgeMs = Math.min(MOST_DAYS, options.retainDays) * DAY_MS;
  const reader = createMailReader({ resolve: options.resolve, ownHost, ownAddress: address, maximumAgeMs });
  const incoming = createIncoming({ ...options, reader, threading });
  let intake: Intake | undefined;
  let smtp: SmtpListener | undefined;

  function opened(): Intake {
    if (intake === undefined) throw new ShellboxError('closed', 'The e-mail door is not open.');
    return intake;
  }
  const take = async (raw: RawMail, signal = AbortSignal.timeout(TAKE_MS)): Promise<void> =>
    incoming.take(raw, opened(), signal);

  return {
    name: 'email',
    traits: { name: 'email', yesConfirms: false, lights: false },
    lookup: 'none',
    ownLanes: [],
    hooks:
      options.inbound === undefined
        ? []
        : [
            createWebhook({
              ...options.inbound,
              dropped: options.dropped,
              take,
              takeParsed: async (mail, from, to) => incoming.takeRead(mail, { from, to }, opened()),
              now: options.now,
              logger,
            }),
          ],
    async open(given) {
      intake = given;
      const { smtp: settings } = options;
      if (settings === undefined) return;
      const { listen, trusted, certificate } = settings;
      const encryption = certificate === undefined ? {} : { certificate };
      smtp = await startSmtp({ ...listen, trusted, ...encryption, ownHost, ownAddress: address, take, logger });
    },
    async close() {
      await smtp?.close();
      intake = undefined;
      await reader.close();
    },
    heldBack: options.held,
    async direct({ subject: to }, { id, box }) {
      return directPlace(threading.keyOf(`${box?.id ?? id} ${to}`), to, box?.name);
    },
    isDirect: (address, subject) => placeOf(address).to === subject,
    async send(message, signal) {
      // A mail cannot be changed.
      if (message.platformId !== undefined) return { kind: 'sent', platformId: message.platformId };
      const mail = composeMail(message, { address, threading, timeZone });
      // What only shows a state is not worth a mail.
      if (mail === undefined) return { kind: 'sent', platformId: 'none' };
      try {
        await transport.send(mail, signal);
        return { kind: 'sent', platformId: mail.messageId };
      } catch (error) {
        if (error instanceof MailRefused) return { kind: 'keep', reason: error.message };
        throw error;
      }
    },
  };
}
