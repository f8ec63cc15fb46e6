// How a running `start` is found by the other verbs: the addresses of its servers, in a file of the data directory.
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { secret } from '../secret.ts';

const url = z.string().transform((text) => secret(text));
const schema = z.object({ pid: z.int(), databaseUrl: url, redisUrl: url });
export type RunningRecord = z.infer<typeof schema>;

const fileIn = (dataDir: string): string => join(dataDir, 'running.json');

/** Readable for its owner alone: a URL may hold a password. */
export async function writeRecord(dataDir: string, { pid, databaseUrl, redisUrl }: RunningRecord): Promise<void> {
  const partial = `${fileIn(dataDir)}.${pid}`;
  const record = { pid, databaseUrl: databaseUrl.reveal(), redisUrl: redisUrl.reveal() };
  await rm(partial, { force: true });
  await writeFile(partial, JSON.stringify(record), { mode: 0o600, flag: 'wx' });
  await rename(partial, fileIn(dataDir));
}

/** Undefined when there is none. It says nothing unless the directory's lock is held: a killed program leaves it behind. */
export async function readRecord(dataDir: string): Promise<RunningRecord | undefined> {
  const text = await readFile(fileIn(dataDir), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : schema.safeParse(JSON.parse(text)).data;
}

export async function removeRecord(dataDir: string): Promise<void> {
  await rm(fileIn(dataDir), { force: true });
}
