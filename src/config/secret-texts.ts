// The texts by which the logger finds secrets, should one get out of its type after all: every secret of a configuration, in each form it is written in.
import { isSecret } from '../secret.ts';

/** Of all secrets in `value`, however deep: tokens as they are, keys in base64, and of URLs those that hold a password, and the password. */
export function secretTexts(value: unknown): string[] {
  if (isSecret(value)) return formsOf(value.reveal());
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(secretTexts) : [];
}

function formsOf(plain: unknown): string[] {
  if (plain instanceof Uint8Array) return keyForms(Buffer.from(plain));
  if (typeof plain !== 'string') return [];
  const url = /^[a-z]+:\/\//.test(plain) ? URL.parse(plain) : null;
  if (url === null) return [plain];
  const asked = [...url.searchParams].flatMap(([name, text]) => (PASSWORD_LIKE.test(name) ? [text] : []));
  const passwords = [url.password, decoded(url.password), ...asked, ...asked.map(encodeURIComponent)];
  const there = [...new Set(passwords.filter((text) => text !== ''))];
  // Addresses alone are no secret, and operators look for them in the log.
  return there.length === 0 ? [] : [plain, ...there];
}

/** The drivers of PostgreSQL and Redis take a password in the query, too. */
const PASSWORD_LIKE = /pass|secret|token|key/i;

/** Without its padding, so that it is found with and without. */
function keyForms(bytes: Buffer): string[] {
  return [bytes.toString('base64').replace('=', ''), bytes.toString('base64url'), bytes.toString('hex')];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
