// A value that does not print: tokens, keys, and URLs with passwords travel in it from the configuration to where they are used.
import { inspect } from 'node:util';

/** What stands wherever a secret would have been printed. */
export const HIDDEN = '[secret]';

/**
 * Prints as `[secret]`: in a template, by `String`, `JSON.stringify`, `util.inspect` and the logger. A copy of it (a spread, a structured clone)
 * is empty. `reveal` is the only way to the value; `test/architecture/reveals.ts` names the files that may call it.
 */
export interface Secret<T = string> {
  reveal(): T;
  toString(): typeof HIDDEN;
  toJSON(): typeof HIDDEN;
}

const made = new WeakSet<object>();
const hidden = (): typeof HIDDEN => HIDDEN;

/** An SSH key pair in OpenSSH's formats. */
export interface KeyPair {
  privateKey: Secret;
  publicKey: string;
}

export function secret<T>(value: T): Secret<T> {
  const box = { reveal: () => value, toString: hidden, toJSON: hidden, [inspect.custom]: hidden };
  for (const key of Reflect.ownKeys(box)) Object.defineProperty(box, key, { enumerable: false });
  made.add(box);
  return Object.freeze(box);
}

export function isSecret(value: unknown): value is Secret<unknown> {
  return typeof value === 'object' && value !== null && made.has(value);
}
