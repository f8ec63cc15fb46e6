// A mark outside of the database: the newest entry of the audit that this installation has seen. A database without it is an older one.
import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { parsedJson } from '../parsed-json.ts';
import { holdsLink, newestLink } from '../store/audit.ts';
import type { Tx } from '../store/database.ts';
import { releasedAt } from '../store/quarantine.ts';

const markSchema = z.object({
  install: z.string(),
  number: z.string().regex(/^\d{1,18}$/),
  /** Hex. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** By the database's clock. */
  at: z.coerce.date(),
});
export type Mark = z.infer<typeof markSchema>;

export interface MarkFile {
  /** The mark of this installation; undefined where there is none, or none that can be read: nothing follows from that. */
  read(): Promise<Mark | undefined>;
  write(mark: Mark): Promise<void>;
}

/** In the data directory, which a restored database does not bring along. */
export function openMarkFile(path: string, install: string): MarkFile {
  return {
    async read() {
      const text = await readFile(path, 'utf8').catch(() => undefined);
      const mark = text === undefined ? undefined : markSchema.safeParse(parsedJson(text)).data;
      return mark?.install === install ? mark : undefined;
    },
    async write(mark) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const partial = `${path}.${randomUUID()}`;
      const file = await open(partial, 'wx', 0o600);
      try {
        await file.writeFile(`${JSON.stringify(mark)}\n`);
        await file.sync();
        await rename(partial, path);
      } finally {
        await file.close();
        await rm(partial, { force: true });
      }
    },
  };
}

/**
 * What is wrong with the database as seen from the mark, for operators; undefined when it holds what was seen. A mark from before the last
 * release says nothing: operators knew of it then.
 */
export async function olderThanMark(tx: Tx, mark: Mark | undefined): Promise<string | undefined> {
  if (mark === undefined) return undefined;
  const hash = new Uint8Array(Buffer.from(mark.hash, 'hex'));
  if (await holdsLink(tx, { number: BigInt(mark.number), hash })) return undefined;
  const released = await releasedAt(tx);
  if (released !== undefined && released > mark.at) return undefined;
  const newest = await newestLink(tx);
  return `The database ends at entry ${newest?.number ?? 0} of another audit than the one whose entry ${mark.number} was seen here on ${mark.at.toISOString()}.`;
}

/** What is to be remembered of the database now; undefined while its audit has no entry. */
export async function markOf(tx: Tx, install: string): Promise<Mark | undefined> {
  const newest = await newestLink(tx);
  if (newest === undefined) return undefined;
  const { number, hash, now } = newest;
  return { install, number: number.toString(), hash: Buffer.from(hash).toString('hex'), at: now };
}
