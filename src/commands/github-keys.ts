// The public keys that somebody shows at GitHub, fetched for `keys add github:<name>`.
import { type PublicKey, parsePublicKey } from '../accounts/keys.ts';
import { command, fail, misuse } from '../threads/reply.ts';
import { shown } from '../threads/shown.ts';
import type { Outside } from './command.ts';
import { Refusal } from './refusal.ts';

/** What GitHub allows: letters, digits and single hyphens between them, at most 39. */
export const GITHUB_NAME = /^[a-z\d](?:[a-z\d]|-(?=[a-z\d])){0,38}$/i;
const PREFIX = /^github:/i;
const LONGEST_ANSWER_BYTES = 65_536;
const DEADLINE_MS = 5000;
const MOST_REDIRECTS = 3;
/** More than anybody uses; each is shown for confirmation. */
const MOST_KEYS = 20;
const PASTE = command('keys add ssh-ed25519 AAAA… you@laptop');

export interface GithubKeys {
  name: string;
  keys: readonly PublicKey[];
  /** Lines that are no key as we take them: another type, or too weak. */
  unusable: number;
}

/** True when `value` asks for the keys of somebody at GitHub, whether or not the name is one. */
export function isGithubName(value: string): boolean {
  return PREFIX.test(value.trim());
}

/**
 * Fetches `<githubUrl>/<name>.keys` (docs.github.com, "Testing your SSH connection": the keys are public), one key a line. Waits at most 5 s,
 * reads at most 64 KiB, and follows no redirect to another host.
 * @throws Refusal that says what is wrong: the name, nobody of that name, no keys, too many, no answer
 */
export async function fetchGithubKeys(value: string, outside: Outside): Promise<GithubKeys> {
  const name = value.trim().replace(PREFIX, '').trim();
  if (!GITHUB_NAME.test(name))
    throw new Refusal(
      misuse(
        name === '' ? 'Whose keys? Name the GitHub user:' : `"${shown(name)}" cannot be the name of a GitHub user.`,
        command('keys add github:your-name'),
      ),
    );
  const text = await fetchText(new URL(`${outside.githubUrl.replace(/\/+$/, '')}/${name}.keys`), outside.signal);
  if (text === undefined) throw new Refusal(misuse(`GitHub knows nobody called "${name}".`, PASTE));
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (lines.length > MOST_KEYS)
    throw new Refusal(
      fail(`github:${name} shows ${lines.length} keys; at most ${MOST_KEYS} are taken. Paste yours:`, PASTE),
    );
  const keys = lines.map(parsePublicKey).flatMap((parsed) => (parsed.ok ? [named(parsed.key, name)] : []));
  if (keys.length === 0)
    throw new Refusal(
      fail(`github:${name} shows no ${lines.length === 0 ? '' : 'usable '}public key. Paste one instead:`, PASTE),
    );
  return { name, keys, unusable: lines.length - keys.length };
}

/** GitHub leaves comments out; in lists people should see where a key came from. */
function named(key: PublicKey, name: string): PublicKey {
  if (key.comment !== '') return key;
  const comment = `github:${name}`;
  return { ...key, comment, line: `${key.line} ${comment}` };
}

/** The body; undefined when there is nothing at that address. */
async function fetchText(url: URL, signal: AbortSignal): Promise<string | undefined> {
  try {
    const answer = await follow(url, AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]));
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw new Error(`status ${answer.status}`);
    return await limitedText(answer);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(fail('GitHub does not answer as it should. Try again later, or paste a key:', PASTE));
  }
}

async function follow(start: URL, signal: AbortSignal): Promise<Response> {
  let url = start;
  for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
    const answer = await fetch(url, { redirect: 'manual', signal, headers: { accept: 'text/plain' } });
    const location = answer.headers.get('location');
    if (answer.status < 300 || answer.status > 399 || location === null) return answer;
    await answer.body?.cancel();
    url = new URL(location, url);
    if (url.origin !== start.origin) throw new Error('a redirect to another host');
  }
  throw new Error('too many redirects');
}

async function limitedText(answer: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of answer.body ?? []) {
    bytes += part.byteLength;
    if (bytes > LONGEST_ANSWER_BYTES) throw new Error(`more than ${LONGEST_ANSWER_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
