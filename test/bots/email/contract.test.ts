// The e-mail door under the contract of all doors.
import { createTransport } from 'nodemailer';
import type { Door } from '../../../src/bots/door.ts';
import { createEmailDoor } from '../../../src/bots/email/email.ts';
import { createSmtpTransport } from '../../../src/bots/email/smtp-transport.ts';
import { createLogger } from '../../../src/log.ts';
import { understands } from '../../../src/roles/understands.ts';
import { secret } from '../../../src/secret.ts';
import { type DoorSubject, doorContract } from '../../contracts/door.ts';
import type { FakeIntake } from '../../fakes/intake.ts';
import { type Mailbox, startMailbox } from '../../fakes/mailbox.ts';
import { freePort } from '../../support/free-port.ts';
import { mailOf, resolverOf, signed } from './in/signed-mail.ts';

const ANA = 'ana@acme.dev';
const BOX = 'box@acme.dev';
let made = 0;

function emailDoor(mailbox: Mailbox, port: number): Door {
  return createEmailDoor({
    retainDays: 90,
    address: BOX,
    inbound: undefined,
    smtp: { listen: { host: '127.0.0.1', port }, trusted: [], certificate: undefined },
    transport: createSmtpTransport({ url: secret(mailbox.url) }),
    tokenSecret: new Uint8Array(32).fill(7),
    understands,
    allowUnauthenticated: false,
    resolve: resolverOf(),
    timeZone: 'UTC',
    now: () => new Date(),
    dropped: async () => {},
    held: () => {},
    logger: createLogger({ level: 'silent', secrets: [] }),
  });
}

/** As mail programs do: two with one Message-ID are one. */
function shown(mailbox: Mailbox): string {
  const texts = mailbox.mails.map(({ raw }) => raw.toString('utf8'));
  const byId = new Map(texts.map((text) => [/^Message-ID: (\S+)/im.exec(text)?.[1], plainPart(text)]));
  return [...byId.values()].join('\n');
}

/** The first part: that in plain text. */
function plainPart(text: string): string {
  const [, plain = ''] = /Content-Type: text\/plain[\s\S]*?\r\n\r\n([\s\S]*?)\r\n--/.exec(text) ?? [];
  return plain;
}

async function setUp(intake: FakeIntake): Promise<DoorSubject> {
  const mailbox = await startMailbox();
  const port = await freePort();
  const door = emailDoor(mailbox, port);
  await door.open(intake);
  const later: Door[] = [];
  const sender = createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
  const hand = (raw: Buffer, from = ANA) => sender.sendMail({ envelope: { from, to: BOX }, raw });

  return {
    door,
    person: {
      async says(command) {
        made += 1;
        const raw = await signed(
          mailOf(
            [`From: ${ANA}`, `To: ${BOX}`, 'Subject: a question', `Message-ID: <${made}@acme.dev>`],
            `${command}\r\n`,
          ),
        );
        const outcome = hand(raw).then(
          () => true,
          () => false,
        );
        await outcome;
        return {
          shown: () => shown(mailbox),
          acknowledged: () => outcome,
          async leave() {
            for (let attempt = 0; attempt < 3; attempt++)
              mailbox.failNext({ kind: 'refuse', code: 550, at: 'recipient' });
          },
          again: async () => void (await hand(raw)),
        };
      },
    },
    async robotsSay(command) {
      const head = [`To: ${BOX}`, `Subject: ${command}`];
      await hand(await signed(mailOf([`From: ${BOX}`, 'Message-ID: <own@acme.dev>', ...head])), BOX);
      await hand(
        await signed(mailOf([`From: ${ANA}`, 'Auto-Submitted: auto-replied', 'Message-ID: <r@acme.dev>', ...head])),
      );
      await hand(await signed(mailOf([`From: ${ANA}`, 'Message-ID: <bounce@acme.dev>', ...head])), '');
    },
    async restarted(next) {
      const again = emailDoor(mailbox, await freePort());
      later.push(again);
      await again.open(next);
      return again;
    },
    async close() {
      sender.close();
      await Promise.all([door, ...later].map((one) => one.close()));
      await mailbox.close();
    },
  };
}

doorContract('The e-mail door', setUp, { repeats: true, robots: true, progress: false });
