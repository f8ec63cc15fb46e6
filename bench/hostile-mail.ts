// How soon a command over SSH is accepted while hostile mails are read: their reading must hold up nobody.
import { gzipSync } from 'node:zlib';
import { createTransport } from 'nodemailer';
import { startMailbox } from '../test/fakes/mailbox.ts';
import { freePort } from '../test/support/free-port.ts';
import { openProgram } from '../test/support/program.ts';
import { atMost, type Figure, percentile, rounded } from './figures.ts';
import { logIn, must } from './person.ts';

const MAILS = 20;
const LIMIT_MS = 500;
const ADDRESS = 'box@acme.dev';

/** The real program; its mails are taken at their word, so that all of them are read to the end. */
export async function benchHostileMail(): Promise<Figure> {
  // Made before anything is measured: that takes longer than reading them.
  const mails = Array.from({ length: MAILS }, (_, at) => hostile(at));
  const mailbox = await startMailbox();
  const port = await freePort();
  const program = await openProgram({
    EMAIL_ADDRESS: ADDRESS,
    EMAIL_ALLOW_UNAUTHENTICATED: 'true',
    EMAIL_SIGNUP: 'open',
    SMTP_LISTEN: `127.0.0.1:${port}`,
    // From one network that is not trusted fewer would be taken at a time.
    SMTP_TRUSTED: '127.0.0.1',
    SMTP_URL: mailbox.url,
    LOG_LEVEL: 'error',
  });
  try {
    const [, hostKey = ''] = /known_hosts {2}\S+ (ssh-ed25519 \S+)/.exec(program.printed()) ?? [];
    const ana = await logIn(program.sshPort, hostKey);
    await must(ana, 'whoami');
    const sender = createTransport({ host: '127.0.0.1', port, ignoreTLS: true, pool: true, maxConnections: MAILS });
    let reading = MAILS;
    const sent = Promise.allSettled(
      mails.map((raw, at) =>
        sender.sendMail({ envelope: { from: `eve@evil-${at}.example`, to: ADDRESS }, raw }).finally(() => {
          reading -= 1;
        }),
      ),
    );
    const acceptedMs: number[] = [];
    while (reading > 0) {
      const { askedAt, acceptedAt } = await must(ana, 'whoami');
      acceptedMs.push(acceptedAt - askedAt);
    }
    const read = (await sent).filter(({ status }) => status === 'fulfilled').length;
    sender.close();
    ana.hangUp();
    return atMost(
      `an SSH command accepted while ${MAILS} hostile mails are read, p99`,
      percentile(acceptedMs, 0.99),
      LIMIT_MS,
      'ms',
      [
        `${read} mails read in time, the others are asked for again; ${acceptedMs.length} commands; p50 ${rounded(percentile(acceptedMs, 0.5))} ms, worst ${rounded(Math.max(...acceptedMs))} ms`,
      ],
    );
  } finally {
    await program.close();
    await mailbox.close();
  }
}

/** 5 MB of HTML, deep nesting, a thousand parts, a bomb; in turn. */
function hostile(at: number): Buffer {
  const kinds: readonly [string, () => string][] = [
    ['text/html', () => '<p>stop &amp; go <b>now</b></p>'.repeat(160_000)],
    ['text/html', () => `list${'<div><blockquote>'.repeat(25_000)}destroy mybox`],
    [
      'multipart/mixed; boundary=b',
      () => `${'--b\r\nContent-Type: text/plain\r\n\r\nlist\r\n'.repeat(1_000)}--b--\r\n`,
    ],
    [
      'multipart/mixed; boundary=b',
      () => `--b\r\nContent-Type: application/gzip\r\nContent-Transfer-Encoding: base64\r\n\r\n${bomb()}\r\n--b--\r\n`,
    ],
  ];
  const [type, body] = kinds[at % kinds.length] ?? ['text/plain', () => ''];
  const head = [
    `From: eve-${at}@evil.example`,
    `To: ${ADDRESS}`,
    'Subject: hello',
    `Message-ID: <${at}@evil.example>`,
    'MIME-Version: 1.0',
    `Content-Type: ${type}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body()}`);
}

function bomb(): string {
  return gzipSync(Buffer.alloc(500 * 1024 * 1024))
    .toString('base64')
    .replaceAll(/.{76}/g, '$&\r\n');
}
