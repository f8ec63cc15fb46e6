// Public keys that come along with a mail as files.
import { parsePublicKey } from '../../../accounts/keys.ts';

/** Larger ones are not looked at: a line of a key has less than a thousand letters. */
export const LARGEST_KEY_FILE_BYTES = 16_384;
/** Of one mail. */
export const MOST_KEYS = 5;

/** By its name: `id_ed25519.pub`, `authorized_keys`. */
export function isKeyFile(name: string): boolean {
  return /\.pub(?:\.txt)?$|^authorized_keys$/i.test(name);
}

/** The lines in these files that are public keys, each once, at most five. */
export function keysIn(files: readonly string[]): string[] {
  const parsed = files.flatMap((file) => file.split(/\r?\n/)).map(parsePublicKey);
  return [...new Set(parsed.flatMap((one) => (one.ok ? [one.key.line] : [])))].slice(0, MOST_KEYS);
}
