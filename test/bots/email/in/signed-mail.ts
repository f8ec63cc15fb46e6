// Made-up domains with their DNS, and mails signed by their keys.
import { generateKeyPairSync } from 'node:crypto';
import { dkimSign } from 'mailauth';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PRIVATE_KEY = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const WEAK = generateKeyPairSync('rsa', { modulusLength: 768 });

function keyRecord(key = publicKey, more = ''): string {
  return `v=DKIM1; k=rsa; ${more}p=${key.export({ type: 'spki', format: 'der' }).toString('base64')}`;
}

/** `NAME TYPE` → records, in the form of `dns.promises.resolve`. */
export type Zone = Readonly<Record<string, readonly unknown[]>>;

export const ZONE: Zone = {
  's1._domainkey.acme.dev TXT': [[keyRecord()]],
  's1._domainkey.mail.acme.dev TXT': [[keyRecord()]],
  's1._domainkey.strict.dev TXT': [[keyRecord()]],
  's1._domainkey.sub.strict.dev TXT': [[keyRecord()]],
  's1._domainkey.evil.example TXT': [[keyRecord()]],
  's1._domainkey.eve.github.io TXT': [[keyRecord()]],
  'weak._domainkey.acme.dev TXT': [[keyRecord(WEAK.publicKey)]],
  'test._domainkey.acme.dev TXT': [[keyRecord(publicKey, 't=y; ')]],
  'acme.dev TXT': [['v=spf1 ip4:192.0.2.0/28 -all']],
  'bounces.acme.dev TXT': [['v=spf1 include:acme.dev -all']],
  'evil.example TXT': [['v=spf1 +all']],
  'local.dev TXT': [['v=spf1 +all']],
  'sub.strict.dev TXT': [['v=spf1 +all']],
  '_dmarc.strict.dev TXT': [['v=DMARC1; p=reject; adkim=s; aspf=s']],
};

/** A resolver over a table; what `broken` names fails with that code. */
export function resolverOf(zone: Zone = ZONE, broken: Readonly<Record<string, string>> = {}) {
  return async (name: string, type: string): Promise<readonly unknown[]> => {
    const question = `${name.toLowerCase()} ${type}`;
    const records = zone[question];
    const code = broken[question] ?? (records === undefined ? 'ENOTFOUND' : undefined);
    if (code !== undefined) throw Object.assign(new Error(`${question}: ${code}`), { code });
    return records ?? [];
  };
}

export interface Signing {
  domain?: string;
  selector?: string;
  /** Names of fields; those of the library by default. */
  fields?: readonly string[];
  /** `l=`, in bytes. */
  coveredBytes?: number;
  /** When it was signed; now by default. */
  at?: Date;
}

export const PLAIN_HEAD = [
  'From: Ana <ana@acme.dev>',
  'To: box@acme.dev',
  'Subject: spinup mybox',
  'Message-ID: <1@acme.dev>',
];

export function mailOf(head: readonly string[] = PLAIN_HEAD, body = 'list\r\n'): Buffer {
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}

export async function signed(mail: Buffer, signing: Signing = {}): Promise<Buffer> {
  const { domain = 'acme.dev', selector = 's1', fields, coveredBytes, at } = signing;
  const key = selector === 'weak' ? WEAK.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() : PRIVATE_KEY;
  const { signatures, errors } = await dkimSign(mail, {
    ...(at === undefined ? {} : { signTime: at }),
    signatureData: [
      {
        signingDomain: domain,
        selector,
        privateKey: key,
        canonicalization: 'relaxed/relaxed',
        ...(fields === undefined ? {} : { headerList: [...fields] }),
        ...(coveredBytes === undefined ? {} : { maxBodyLength: coveredBytes }),
      },
    ],
  } as Parameters<typeof dkimSign>[1]);
  if (signatures === '') throw new Error(`not signed: ${JSON.stringify(errors)}`);
  return Buffer.concat([Buffer.from(signatures), mail]);
}
