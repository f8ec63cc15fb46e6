// Encrypts what is stored but must not be read in a database dump: AES-256-GCM with SHELLBOX_SECRET_KEY.
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { ShellboxError } from '../errors.ts';
import type { Secret } from '../secret.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export interface SecretBox {
  /** `purpose` (table, column and row) is bound to the ciphertext, so that it cannot be moved to another row. */
  seal(plain: string | Secret, purpose: string): Uint8Array<ArrayBuffer>;
  /** Rejects with `secret_unreadable` when the key is another one or the bytes were changed. */
  open(sealed: Uint8Array, purpose: string): string;
  /** A keyed hash for codes that people type: useless in a dump without the key. */
  hash(text: string): Uint8Array<ArrayBuffer>;
}

/** `key` is 32 bytes. Layout: nonce (12), tag (16), ciphertext. */
export function createSecretBox({ reveal }: Secret<Uint8Array>): SecretBox {
  return {
    seal(given, purpose) {
      const plain = typeof given === 'string' ? given : given.reveal();
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', reveal(), nonce).setAAD(Buffer.from(purpose));
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return new Uint8Array(Buffer.concat([nonce, cipher.getAuthTag(), body]));
    },
    open(sealed, purpose) {
      try {
        const decipher = createDecipheriv('aes-256-gcm', reveal(), sealed.subarray(0, NONCE_BYTES)).setAAD(
          Buffer.from(purpose),
        );
        decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
        return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString(
          'utf8',
        );
      } catch (cause) {
        throw new ShellboxError('secret_unreadable', 'A stored secret cannot be read with this SHELLBOX_SECRET_KEY.', {
          remedy: 'Start with the key that the database was made with (secret.key in the data directory).',
          cause,
        });
      }
    },
    hash: (text) => new Uint8Array(createHmac('sha256', reveal()).update(text).digest()),
  };
}
