// Public keys as people paste them: one line of `authorized_keys`, checked to its last byte (RFC 4253, 5656, 8709).
import { createHash, createPublicKey } from 'node:crypto';
import { shown } from '../threads/shown.ts';
import { PRIVATE_KEY_HEAD } from './private-key.ts';

/** The types that are taken. `sk-` keys cannot be verified by the gateway and work at the boxes themselves. */
export const KEY_TYPES = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
] as const;
export type KeyType = (typeof KEY_TYPES)[number];

export interface PublicKey {
  type: KeyType;
  /** The key itself, in canonical base64. */
  base64: string;
  /** Printable, one line; may be empty. */
  comment: string;
  /** `SHA256:…`, as `ssh-keygen -lf` shows it. */
  fingerprint: string;
  /** A line for `authorized_keys`, without options. */
  line: string;
  gatewayCanVerify: boolean;
}

export type ParsedKey = { ok: true; key: PublicKey } | { ok: false; problem: string };

const SHORTEST_RSA_BITS = 2048;
const LONGEST_RSA_BITS = 16_384;
const LONGEST_LINE = 16_384;
const LONGEST_COMMENT = 100;

/** Curve name of RFC 5656 → name in a JWK (RFC 7518) and the length of a coordinate in bytes. */
const CURVES: Readonly<Record<string, { crv: string; bytes: number }>> = {
  nistp256: { crv: 'P-256', bytes: 32 },
  nistp384: { crv: 'P-384', bytes: 48 },
  nistp521: { crv: 'P-521', bytes: 66 },
};

/** Reads one public key. Never throws; a `problem` is a sentence or two for people. May be called with anything. */
export function parsePublicKey(typed: string): ParsedKey {
  const line = typed.trim();
  if (line.length > LONGEST_LINE) return problem(`That is too long for a public key (${line.length} characters).`);
  if (PRIVATE_KEY_HEAD.test(line)) {
    return problem(
      'That is a private key. Make a new pair, never send this one again, and send the line of its .pub file.',
    );
  }
  if (/[\r\n\0]/.test(line)) return problem('One key is one line, the one in the .pub file.');
  const [type = '', base64 = '', ...rest] = line.split(/[ \t]+/);
  if (type === '') return problem('Paste the line of a .pub file, such as ssh-ed25519 AAAA… you@laptop.');
  if (!isKeyType(type)) return problem(unknownType(type, line));
  const blob = decodeBase64(base64);
  if (blob === undefined) return problem('The key is damaged or cut off: paste the whole line of the .pub file.');
  const fault = blobFault(type, blob);
  if (fault !== undefined) return problem(fault);
  const comment = rest.length === 0 ? '' : shown(rest.join(' '), LONGEST_COMMENT);
  const canonical = blob.toString('base64');
  return {
    ok: true,
    key: {
      type,
      base64: canonical,
      comment,
      fingerprint: fingerprintOfBlob(blob),
      line: comment === '' ? `${type} ${canonical}` : `${type} ${canonical} ${comment}`,
      gatewayCanVerify: !type.startsWith('sk-'),
    },
  };
}

/** `SHA256:…` of the key in a line `type base64 [comment]`; of what the base64 holds, unchecked. */
export function fingerprintOf(publicKeyLine: string): string {
  const [, base64 = ''] = publicKeyLine.trim().split(/\s+/);
  return fingerprintOfBlob(Buffer.from(base64, 'base64'));
}

/** `SHA256:…` of a key as it goes over the wire. */
function fingerprintOfBlob(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

function problem(text: string): ParsedKey {
  return { ok: false, problem: text };
}

function isKeyType(type: string): type is KeyType {
  return (KEY_TYPES as readonly string[]).includes(type);
}

function unknownType(type: string, line: string): string {
  if (type === 'ssh-dss') return 'DSA keys are not safe any more. Make an ed25519 key: ssh-keygen -t ed25519';
  if (type.includes('-cert-v01@'))
    return 'That is a certificate. Paste the plain public key it was made for (the .pub file without -cert).';
  if (KEY_TYPES.some((known) => line.includes(` ${known} `))) {
    return `Options before a key are not taken ("${shown(type)}"). Begin at the key's type, such as ssh-ed25519.`;
  }
  return `"${shown(type)}" is no type of key that is known here. Use ssh-ed25519, ecdsa-sha2-nistp256, -384, -521, ssh-rsa, or their sk- forms.`;
}

function decodeBase64(text: string): Buffer | undefined {
  if (text === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const blob = Buffer.from(text, 'base64');
  return blob.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '') ? blob : undefined;
}

/** What is wrong with the bytes of a key of this type, or undefined. */
function blobFault(type: KeyType, blob: Buffer): string | undefined {
  const damaged = 'The key is damaged or cut off: paste the whole line of the .pub file.';
  const fields = readFields(blob);
  if (fields?.[0]?.toString('latin1') !== type) return damaged;
  const [, first = Buffer.alloc(0), second = Buffer.alloc(0)] = fields;
  switch (type) {
    case 'ssh-ed25519':
      return fields.length === 2 && first.length === 32 ? undefined : damaged;
    case 'sk-ssh-ed25519@openssh.com':
      return fields.length === 3 && first.length === 32 && second.length > 0 ? undefined : damaged;
    case 'sk-ecdsa-sha2-nistp256@openssh.com':
      return fields.length === 4 && isPoint(first, 'nistp256', second) ? undefined : damaged;
    case 'ssh-rsa':
      return fields.length === 3 ? rsaFault(first, second) : damaged;
    default:
      return fields.length === 3 && isPoint(first, type.slice('ecdsa-sha2-'.length), second) ? undefined : damaged;
  }
}

function rsaFault(exponent: Buffer, modulus: Buffer): string | undefined {
  const bits = bitLength(modulus);
  if (bits < SHORTEST_RSA_BITS)
    return `That RSA key has ${bits} bits; at least ${SHORTEST_RSA_BITS} are needed. Better: ssh-keygen -t ed25519`;
  if (bits > LONGEST_RSA_BITS)
    return `That RSA key has ${bits} bits; at most ${LONGEST_RSA_BITS} are taken. Better: ssh-keygen -t ed25519`;
  const odd = (number: Buffer): boolean => ((number.at(-1) ?? 0) & 1) === 1;
  const positive = (number: Buffer): boolean => ((number[0] ?? 0x80) & 0x80) === 0;
  const sound =
    [exponent, modulus].every((number) => odd(number) && positive(number)) &&
    bitLength(exponent) >= 2 &&
    bitLength(exponent) <= 64;
  return sound ? undefined : 'The numbers of that RSA key make no sense; make a new key: ssh-keygen -t ed25519';
}

/** RFC 5656, 3.1: the curve's name and an uncompressed point on it. */
function isPoint(curveName: Buffer, curve: string, point: Buffer): boolean {
  const { crv, bytes } = CURVES[curve] ?? { crv: '', bytes: 0 };
  if (curveName.toString('latin1') !== curve || point.length !== 1 + 2 * bytes || point[0] !== 4) return false;
  const [x, y] = [point.subarray(1, 1 + bytes), point.subarray(1 + bytes)];
  try {
    createPublicKey({ key: { kty: 'EC', crv, x: x.toString('base64url'), y: y.toString('base64url') }, format: 'jwk' });
    return true;
  } catch {
    // Not on the curve.
    return false;
  }
}

function bitLength(number: Buffer): number {
  const start = number.findIndex((byte) => byte !== 0);
  return start === -1 ? 0 : (number.length - start) * 8 - Math.clz32(number[start] ?? 0) + 24;
}

/** The length-prefixed fields of a key blob (RFC 4251, 5), or undefined when they do not fill it exactly. */
function readFields(blob: Buffer): Buffer[] | undefined {
  const fields: Buffer[] = [];
  for (let at = 0; at < blob.length; ) {
    if (at + 4 > blob.length) return undefined;
    const end = at + 4 + blob.readUInt32BE(at);
    if (end > blob.length || fields.length === 4) return undefined;
    fields.push(blob.subarray(at + 4, end));
    at = end;
  }
  return fields;
}
