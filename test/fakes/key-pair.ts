// A key pair in the shape of a real one, made without cost, where nothing connects with it.
import { randomBytes } from 'node:crypto';
import { type KeyPair, secret } from '../../src/secret.ts';

export function fakeKeyPair(): KeyPair {
  const type = Buffer.from('\0\0\0\x0bssh-ed25519', 'latin1');
  const publicKey = `ssh-ed25519 ${Buffer.concat([type, Buffer.from([0, 0, 0, 32]), randomBytes(32)]).toString('base64')}`;
  return { privateKey: secret(`FAKE PRIVATE KEY ${randomBytes(16).toString('hex')}`), publicKey };
}
