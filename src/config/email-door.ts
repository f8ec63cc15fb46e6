// The e-mail door's part of the configuration: the address, how mail comes in and goes out, and who may join by it.
import { createPublicKey, type KeyObject } from 'node:crypto';
import { isIP, isIPv4, isIPv6 } from 'node:net';
import type { z } from 'zod';
import type { Secret } from '../secret.ts';
import { joining } from './chat-doors.ts';
import { flag, hidden, type ListenAddress, listenAddress, listOf, textOf, url } from './values.ts';

export interface EmailConfig {
  /** In lower case. */
  readonly address: string;
  /** Undefined: no mail by SendGrid's Inbound Parse. */
  readonly inbound: { readonly secret: Secret; readonly publicKey: KeyObject | undefined } | undefined;
  /** Undefined: no mail by SMTP. */
  readonly smtp:
    | {
        readonly listen: ListenAddress;
        /** Addresses of servers that may say the client's address by XCLIENT or XFORWARD. */
        readonly trusted: readonly string[];
        /** Files in PEM. */
        readonly tls: { readonly certificate: string; readonly key: string } | undefined;
      }
    | undefined;
  /** SendGrid where both are given. */
  readonly outgoing:
    | { readonly kind: 'sendgrid'; readonly apiKey: Secret; readonly apiUrl: string | undefined }
    | { readonly kind: 'smtp'; readonly url: Secret };
  /** Takes mail from whoever it says that it is from. */
  readonly allowUnauthenticated: boolean;
  /** Name servers asked for SPF, DKIM and DMARC, `127.0.0.1:5353`; undefined: the system's. */
  readonly dnsServers: readonly string[] | undefined;
}

const mailAddress = textOf('give an address such as box@example.org, with at most 20 letters before the @', (text) =>
  /^[A-Za-z0-9._-]{1,20}@(?=.{1,253}$)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/.test(text) ? text.toLowerCase() : undefined,
);
/** Beyond the host there is no @, or a password that holds / or # would be taken for a host, and shown as one. */
const smtpUrl = url('smtp:', 'smtps:').refine((text) => !/[/?#].*@/.test(text.replace(/^smtps?:\/\//, '')), {
  error: 'write / as %2F, ? as %3F and # as %23 in name and password',
});
/** A domain, or one address in it. Source: RFC 5322 3.2.3, for what may stand before the @. */
const person = /^([A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/;

/** `192.0.2.1`, `192.0.2.1:5353`, `[2001:db8::1]:53`. */
function isNameServer(word: string): boolean {
  const [, v6, v4, port = '53'] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(word) ?? [];
  return (isIPv6(v6 ?? '') || isIPv4(v4 ?? '')) && Number(port) > 0 && Number(port) < 65_536;
}

/** The key that signs forms, as SendGrid shows it: base64 of the DER of a P-256 key. */
function sendGridKey(text: string): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : undefined;
  } catch {
    return undefined;
  }
}

export const emailVariables = {
  EMAIL_ADDRESS: mailAddress.optional(),
  EMAIL_INBOUND_SECRET: hidden(
    textOf('give 16 to 200 letters, digits, - and _: openssl rand -hex 24', (text) =>
      /^[A-Za-z0-9_-]{16,200}$/.test(text) ? text : undefined,
    ),
  ).optional(),
  EMAIL_INBOUND_PUBLIC_KEY: textOf('give the public key that SendGrid shows, in base64', sendGridKey).optional(),
  EMAIL_ALLOW_UNAUTHENTICATED: flag.optional(),
  EMAIL_SIGNUP: joining('domains such as example.org and addresses such as ana@example.com', person).optional(),
  SMTP_LISTEN: listenAddress.optional(),
  SMTP_TRUSTED: listOf('give IP addresses with commas between', (word) =>
    isIP(word) === 0 ? undefined : word,
  ).optional(),
  SMTP_TLS_CERT: textOf('give the path of a file', (text) => text || undefined).optional(),
  SMTP_TLS_KEY: textOf('give the path of a file', (text) => text || undefined).optional(),
  SENDGRID_API_KEY: hidden(
    textOf('give the key that begins with SG.', (text) => (/^SG\.[!-~]{8,300}$/.test(text) ? text : undefined)),
  ).optional(),
  SENDGRID_API_URL: url('http:', 'https:').optional(),
  SMTP_URL: hidden(smtpUrl).optional(),
  DNS_SERVERS: listOf('give addresses of name servers such as 127.0.0.1:5353, with commas between', (word) =>
    isNameServer(word) ? word : undefined,
  ).optional(),
} as const;

type Given = z.infer<z.ZodObject<typeof emailVariables>>;

export function emailConfig(given: Given): EmailConfig | undefined {
  const { EMAIL_ADDRESS: address, SENDGRID_API_KEY: apiKey, SMTP_URL: smtpUrl } = given;
  const outgoing =
    apiKey !== undefined
      ? ({ kind: 'sendgrid', apiKey, apiUrl: given.SENDGRID_API_URL } as const)
      : smtpUrl !== undefined
        ? ({ kind: 'smtp', url: smtpUrl } as const)
        : undefined;
  if (address === undefined || outgoing === undefined) return undefined;
  const { EMAIL_INBOUND_SECRET: secret, SMTP_TLS_CERT: certificate, SMTP_TLS_KEY: key } = given;
  return {
    address,
    inbound: secret === undefined ? undefined : { secret, publicKey: given.EMAIL_INBOUND_PUBLIC_KEY },
    smtp: given.SMTP_LISTEN && {
      listen: given.SMTP_LISTEN,
      trusted: given.SMTP_TRUSTED ?? [],
      tls: certificate === undefined || key === undefined ? undefined : { certificate, key },
    },
    outgoing,
    allowUnauthenticated: given.EMAIL_ALLOW_UNAUTHENTICATED ?? false,
    dnsServers: given.DNS_SERVERS,
  };
}

/** What would be silently off, or answer nobody. */
export function emailFaults(set: Readonly<Record<string, string | undefined>>): string[] {
  const has = (name: string): boolean => set[name] !== undefined;
  const faults: string[] = [];
  const [ways, answers] = [
    ['EMAIL_INBOUND_SECRET', 'SMTP_LISTEN'],
    ['SENDGRID_API_KEY', 'SMTP_URL'],
  ] as const;
  if (has('EMAIL_ADDRESS')) {
    if (!ways.some(has)) faults.push(`EMAIL_ADDRESS: needs ${ways.join(' or ')} beside it, for mail to come in`);
    if (!answers.some(has))
      faults.push(`EMAIL_ADDRESS: needs ${answers.join(' or ')} beside it, for answers to go out`);
  } else {
    const others = [...ways, ...answers].filter(has);
    if (others.length > 0) faults.push(`EMAIL_ADDRESS: needed with ${others.join(' and ')}`);
  }
  if (has('EMAIL_INBOUND_PUBLIC_KEY') && !has('EMAIL_INBOUND_SECRET'))
    faults.push('EMAIL_INBOUND_SECRET: needed with EMAIL_INBOUND_PUBLIC_KEY');
  for (const name of ['SMTP_TRUSTED', 'SMTP_TLS_CERT', 'SMTP_TLS_KEY'])
    if (has(name) && !has('SMTP_LISTEN')) faults.push(`SMTP_LISTEN: needed with ${name}`);
  if (has('SMTP_TLS_CERT') !== has('SMTP_TLS_KEY'))
    faults.push(
      has('SMTP_TLS_CERT') ? 'SMTP_TLS_KEY: needed with SMTP_TLS_CERT' : 'SMTP_TLS_CERT: needed with SMTP_TLS_KEY',
    );
  return faults;
}
