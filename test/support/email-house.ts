// A whole house with the e-mail door: mails go in by SMTP, signed as by their domain, and answers lie in a mailbox.
import { type ParsedMail, simpleParser } from 'mailparser';
import { createTransport } from 'nodemailer';
import { createDropped } from '../../src/bots/email/dropped.ts';
import { createEmailDoor, type EmailDoorOptions } from '../../src/bots/email/email.ts';
import { createSmtpTransport } from '../../src/bots/email/smtp-transport.ts';
import { createLogger } from '../../src/log.ts';
import { understands } from '../../src/roles/understands.ts';
import { secret } from '../../src/secret.ts';
import { audit } from '../../src/store/audit.ts';
import { mailOf, resolverOf, signed } from '../bots/email/in/signed-mail.ts';
import { type Mailbox, startMailbox } from '../fakes/mailbox.ts';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { type HouseOptions, openTestHouse, type TestHouse } from './house.ts';

export const ADDRESS = 'box@acme.dev';

export interface Letter {
  from: string;
  subject?: string;
  body?: string;
  to?: string;
  /** Further lines of the head. */
  head?: readonly string[];
  /** The domain that signs; the author's when left out, nobody when null. */
  signedBy?: string | null;
}

export interface EmailHouse {
  house: TestHouse;
  mailbox: Mailbox;
  smtpPort: number;
  /** Hands a mail in by SMTP; resolves once it is taken, with its Message-ID. Rejects as the server refuses. */
  writes(letter: Letter): Promise<string>;
  /** Hands in bytes. */
  hands(raw: Buffer, from: string, to?: string): Promise<void>;
  /** The mails that somebody got, in order, once there are so many. */
  got(to: string, count?: number): Promise<ParsedMail[]>;
  close(): Promise<void>;
}

let made = 0;

export async function openEmailHouse(
  options: HouseOptions & { email?: Partial<EmailDoorOptions>; mailbox?: Mailbox } = {},
): Promise<EmailHouse> {
  const mailbox = options.mailbox ?? (await startMailbox());
  const smtpPort = await freePort();
  const house = await openTestHouse({
    ...options,
    doors: ({ db, secrets }) => [
      createEmailDoor({
        address: ADDRESS,
        inbound: undefined,
        smtp: { listen: { host: '127.0.0.1', port: smtpPort }, trusted: [], certificate: undefined },
        transport: createSmtpTransport({ url: secret(mailbox.url) }),
        tokenSecret: secrets.hash('tokens'),
        understands,
        allowUnauthenticated: false,
        resolve: resolverOf(),
        timeZone: 'UTC',
        now: () => new Date(),
        retainDays: 90,
        dropped: createDropped({
          count: () => undefined,
          record: (action, target) => audit(db.tx, { actor: 'system', action, target }),
          now: () => new Date(),
          logger: createLogger({ level: 'silent', secrets: [] }),
        }),
        held: () => {},
        logger: createLogger({ level: process.env.LAB_LOG ?? 'silent', secrets: [] }),
        ...options.email,
      }),
    ],
  });
  const sender = createTransport({ host: '127.0.0.1', port: smtpPort, ignoreTLS: true });

  async function hands(raw: Buffer, from: string, to = ADDRESS): Promise<void> {
    await sender.sendMail({ envelope: { from, to }, raw });
  }
  return {
    house,
    mailbox,
    smtpPort,
    hands,
    async writes({ from, subject = '', body = '', to = ADDRESS, head = [], signedBy }) {
      made += 1;
      const id = `<${made}.${from}>`;
      const own = [
        `From: ${from}`,
        `To: ${to}`,
        `Subject: ${subject}`,
        `Message-ID: ${id}`,
        `Date: ${new Date().toUTCString()}`,
      ];
      const mail = mailOf([...own, ...head], body.replaceAll('\n', '\r\n'));
      const domain = signedBy === undefined ? from.slice(from.lastIndexOf('@') + 1) : signedBy;
      await hands(domain === null ? mail : await signed(mail, { domain }), from, to);
      return id;
    },
    got: (to, count = 1) =>
      eventually(
        `${count} mails to ${to}`,
        async () => {
          const mails = mailbox.mails.filter((mail) => mail.to.includes(to));
          return mails.length >= count ? Promise.all(mails.map(({ raw }) => simpleParser(raw))) : undefined;
        },
        30_000,
      ),
    async close() {
      await house.close();
      sender.close();
      if (options.mailbox === undefined) await mailbox.close();
    },
  };
}
