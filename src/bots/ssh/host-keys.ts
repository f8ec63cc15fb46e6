// New Ed25519 key pairs in OpenSSH's formats, for the door, the gateway and boxes.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import ssh2 from 'ssh2';
import { type KeyPair, type Secret, secret } from '../../secret.ts';

const TYPE = 'ssh-ed25519';
const BLOCK_BYTES = 8;
const LINE_CHARACTERS = 70;

/**
 * `publicKey` is `ssh-ed25519 AAAA…` without a comment. Written by hand, after OpenSSH's PROTOCOL.key: ssh2 1.17's own generator
 * drops a leading zero byte, so that OpenSSH cannot read one key in 256.
 */
export function generateHostKey(): KeyPair {
  const { d = '', x = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const [seed, point] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')];
  const publicBlob = Buffer.concat([field(TYPE), field(point)]);
  const check = randomBytes(4);
  const content = [check, check, field(TYPE), field(point), field(Buffer.concat([seed, point])), field('')];
  const envelope = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    field('none'),
    field('none'),
    field(''),
    number(1),
    field(publicBlob),
    field(padded(Buffer.concat(content))),
  ]);
  const lines = envelope.toString('base64').match(new RegExp(`.{1,${LINE_CHARACTERS}}`, 'g')) ?? [];
  const file = ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''];
  return {
    privateKey: secret(file.join('\n')),
    publicKey: `${TYPE} ${publicBlob.toString('base64')}`,
  };
}

/** The public half of a private key, as `ssh-ed25519 AAAA…`. Throws when the key cannot be read. */
export function publicKeyOf(privateKey: Secret): string {
  const parsed = ssh2.utils.parseKey(privateKey.reveal());
  if (parsed instanceof Error) throw parsed;
  return `${parsed.type} ${parsed.getPublicSSH().toString('base64')}`;
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** RFC 4251, 5: string. */
function field(data: string | Buffer): Buffer {
  const bytes = Buffer.from(data);
  return Buffer.concat([number(bytes.length), bytes]);
}

/** To whole blocks, with 1, 2, 3 … */
function padded(data: Buffer): Buffer {
  const missing = (BLOCK_BYTES - (data.length % BLOCK_BYTES)) % BLOCK_BYTES;
  return Buffer.concat([data, Buffer.from(Array.from({ length: missing }, (_, place) => place + 1))]);
}
