// Reads the certificate for STARTTLS and its key, and tells every fault of the two at once.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { Config } from '../config.ts';
import { readGivenFile } from './given-file.ts';

type Files = NonNullable<NonNullable<NonNullable<Config['email']>['smtp']>['tls']>;

export type ReadCertificate =
  /** In PEM. */
  | { kind: 'good'; cert: string; key: string }
  /** Each begins with the name of its variable, and holds nothing of path and file. */
  | { kind: 'faults'; faults: readonly string[] };

/** Never rejects. */
export async function readCertificate(files: Files): Promise<ReadCertificate> {
  const [certificate, key] = await Promise.all([
    partOf('SMTP_TLS_CERT', files.certificate, (text) => new X509Certificate(text), 'holds no certificate in PEM'),
    partOf('SMTP_TLS_KEY', files.key, createPrivateKey, 'holds no private key in PEM without a passphrase'),
  ]);
  if ('fault' in certificate || 'fault' in key)
    return { kind: 'faults', faults: [certificate, key].flatMap((part) => ('fault' in part ? [part.fault] : [])) };
  const fault = faultBetween(certificate, key);
  return fault === undefined
    ? { kind: 'good', cert: certificate.text, key: key.text }
    : { kind: 'faults', faults: [fault] };
}

interface Part<T> {
  text: string;
  value: T;
}

async function partOf<T>(
  variable: string,
  path: string,
  parse: (text: string) => T,
  otherwise: string,
): Promise<Part<T> | { fault: string }> {
  const given = await readGivenFile(variable, path);
  if ('fault' in given) return given;
  try {
    return { ...given, value: parse(given.text) };
  } catch {
    return { fault: `${variable}: ${otherwise}` };
  }
}

function faultBetween(certificate: Part<X509Certificate>, key: Part<KeyObject>): string | undefined {
  if (!certificate.value.checkPrivateKey(key.value))
    return 'SMTP_TLS_KEY: is not the key of the certificate in SMTP_TLS_CERT';
  try {
    createSecureContext({ cert: certificate.text, key: key.text });
    return undefined;
  } catch {
    return 'SMTP_TLS_CERT: cannot be used for TLS; most often its key is too short, or its chain is broken';
  }
}
