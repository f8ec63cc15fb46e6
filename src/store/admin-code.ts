// The code with which the first operator claims an installation that has none; it works once.
import { nobodyIsAdmin } from './accounts.ts';
import type { Tx } from './database.ts';
import type { SecretBox } from './secretbox.ts';

const KEY = 'admin_code';
const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz';
const LENGTH = 12;

/** The code to print while nobody is an operator, the same at every start until it is used; undefined when there is one. */
export async function adminCode(tx: Tx, secrets: SecretBox, random: () => number): Promise<string | undefined> {
  if (!(await nobodyIsAdmin(tx))) return undefined;
  const code = Array.from({ length: LENGTH }, () => LETTERS[Math.floor(random() * LETTERS.length)]).join('');
  await tx.setting.createMany({ data: [{ key: KEY, secret: secrets.seal(code, KEY) }], skipDuplicates: true });
  const stored = await tx.setting.findUnique({ where: { key: KEY } });
  return stored?.secret ? secrets.open(stored.secret, KEY) : undefined;
}

/** Uses the code up; false when it is not the one that was printed. */
export async function useAdminCode(tx: Tx, secrets: SecretBox, code: string): Promise<boolean> {
  const [stored] = await tx.$queryRaw<
    { secret: Uint8Array | null }[]
  >`SELECT secret FROM settings WHERE key = ${KEY} FOR UPDATE`;
  if (!stored?.secret) return false;
  const expected = secrets.hash(secrets.open(stored.secret, KEY));
  if (Buffer.compare(expected, secrets.hash(code.toLowerCase())) !== 0) return false;
  await tx.setting.deleteMany({ where: { key: KEY } });
  return true;
}
