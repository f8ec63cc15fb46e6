// Logs in with what stood in a chat's thread: the line that is to be pasted, and the host key that is.
import { type Program, run } from '../support/program.ts';

/** Exit status and host name, or what the client says of a failure; `seen` is a transcript, whose code blocks begin with `code┐`. */
export async function logInWith(program: Program, key: string, seen: string): Promise<string> {
  const [, line = ''] = /code┐ ssh (-p \d+ \S+)$/m.exec(seen) ?? [];
  const [, known = ''] = /code┐ (\[127\.0\.0\.1\]:\d+ ssh-ed25519 \S+)$/m.exec(seen) ?? [];
  await program.trust(known);
  const { stdout, stderr, status } = await run('ssh', [...program.options(key), ...line.split(' '), 'hostname']);
  return `${status} ${(status === 0 ? stdout : stderr).trim()}`;
}
