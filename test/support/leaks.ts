// Looks for secrets: what a plain dump of the database and of Redis holds, and the forms in which a secret could stand in it.
import type { Redis } from 'ioredis';

type Sql = <T extends object>(text: string, values?: unknown[]) => Promise<T[]>;

/** Every row of every table as text, as a plain dump would hold it. */
export async function dumpDatabase(sql: Sql): Promise<string> {
  const tables = await sql<{ name: string }>(`SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`);
  const texts: string[] = [];
  for (const { name } of tables) {
    const rows = await sql<{ row: string }>(`SELECT t::text AS row FROM "${name}" t`);
    texts.push(...rows.map(({ row }) => row));
  }
  return texts.join('\n');
}

/** Every key with its value, whatever its type. */
export async function dumpRedis(redis: Redis): Promise<string> {
  const keys = await redis.keys('*');
  const values = await Promise.all(keys.map((key) => redis.dump(key)));
  return [...keys, ...values.map(String)].join('\n');
}

/** The text and what it is in a URL (all of it written differently, or as little as possible), in hex, and in base64 at each of the three places that it can have in a longer text. */
export function formsOf(secret: string): string[] {
  const aligned = [0, 1, 2].map((before) => {
    const encoded = Buffer.from(`${' '.repeat(before)}${secret}`)
      .toString('base64')
      .replace(/=+$/, '');
    // What the neighbours have a part in is left out.
    return encoded.slice(Math.ceil((before * 4) / 3), -1);
  });
  const urlSafe = aligned.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  const url = new URL('redis://host');
  url.password = secret;
  const hex = Buffer.from(secret).toString('hex');
  return [
    ...new Set([secret, encodeURIComponent(secret), url.password, hex, hex.toUpperCase(), ...aligned, ...urlSafe]),
  ];
}
