// doctor's look at the way on which answers by mail go out: whether it lets us in, and a mail that tries it.
import { randomUUID } from 'node:crypto';
import { domainOf } from '../bots/email/address.ts';
import { checkSendgrid, type SendgridVerdict } from '../bots/email/sendgrid-check.ts';
import { checkSmtp } from '../bots/email/smtp-check.ts';
import type { Config } from '../config.ts';
import { ShellboxError } from '../errors.ts';
import { transportOf } from './email-door.ts';
import type { Finding } from './finding.ts';

type Email = NonNullable<Config['email']>;

const SEND_MS = 60_000;

const SENDGRID = {
  good: { ok: true, what: 'E-mail: SendGrid takes the key, which may send mail' },
  wrong_key: {
    ok: false,
    what: 'E-mail: SendGrid does not take the key, so no answer goes out',
    remedy: 'Set SENDGRID_API_KEY to a key of Settings → API Keys.',
  },
  may_not_send: {
    ok: false,
    what: 'E-mail: SendGrid’s key may not send mail, so no answer goes out',
    remedy: 'Give the key of SENDGRID_API_KEY the permission "Mail Send".',
  },
  unreachable: {
    ok: false,
    what: 'E-mail: SendGrid does not answer',
    remedy: 'Check whether this machine reaches it (SENDGRID_API_URL, api.sendgrid.com by default).',
  },
  unsure: {
    ok: false,
    isMinor: true,
    what: 'E-mail: SendGrid does not tell what the key may do, so the way out was not tried',
    remedy: 'Try it: shellbox doctor --send-test email:<address>',
  },
} as const satisfies Record<SendgridVerdict, Finding>;

/** Sends nothing. Never rejects. */
export async function wayOutFinding({ outgoing }: Pick<Email, 'outgoing'>, signal: AbortSignal): Promise<Finding> {
  if (outgoing.kind === 'sendgrid') {
    const { apiKey, apiUrl } = outgoing;
    return SENDGRID[await checkSendgrid({ apiKey, ...(apiUrl === undefined ? {} : { url: apiUrl }) }, signal)];
  }
  try {
    const { host, port } = await checkSmtp(outgoing.url, signal);
    return { ok: true, what: `E-mail: the SMTP server at ${host} port ${port} answers and lets us in` };
  } catch (error) {
    return { ok: false, ...saidOf(error, 'E-mail: no answer goes out.') };
  }
}

/** Sends one mail, by the way on which answers go. Never rejects. */
export async function sendTestMail(email: Email, to: string, now: () => Date): Promise<Finding> {
  const { address } = email;
  const text = 'This is a test of Shellbox: answers reach you.\n';
  try {
    await transportOf(email, now).send(
      {
        from: { name: 'Shellbox', address },
        to,
        replyTo: address,
        subject: 'A test of Shellbox',
        messageId: `<${randomUUID()}@${domainOf(address)}>`,
        inReplyTo: undefined,
        references: [],
        headers: { 'Auto-Submitted': 'auto-generated' },
        date: now(),
        text,
        html: `<p>${text}</p>`,
        attachments: [],
      },
      AbortSignal.timeout(SEND_MS),
    );
    return { ok: true, what: `E-mail: a test was taken for ${to}; look whether it arrives` };
  } catch (error) {
    return { ok: false, ...saidOf(error, 'E-mail: the test was not sent.') };
  }
}

function saidOf(error: unknown, what: string): { what: string; remedy: string } {
  const { message, remedy } =
    error instanceof ShellboxError ? error : { message: 'The way out failed in an unforeseen way.', remedy: undefined };
  return { what: `${what} ${message}`, remedy: remedy ?? 'Check SMTP_URL or SENDGRID_API_KEY.' };
}
