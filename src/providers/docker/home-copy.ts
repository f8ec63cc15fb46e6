// A copy of a home's file, sparse like it, that is brought level again and again while the file is written.
import { constants } from 'node:fs';
import { copyFile, type FileHandle, open } from 'node:fs/promises';
import { runOnHost } from './host-command.ts';

/** What is read at one time. */
const CHUNK_BYTES = 1024 * 1024;
/** What is written or left out: a block of the file system in it. */
const BLOCK_BYTES = 4096;
const EXTENTS_TIMEOUT_MS = 60_000;
const SYNC_TIMEOUT_MS = 30 * 60_000;

export interface Copy extends AsyncDisposable {
  /** Makes the copy what the file is now. Only what is in either is read, only what differs is written. */
  level(signal: AbortSignal): Promise<void>;
}

interface Buffers {
  mine: Buffer;
  theirs: Buffer;
}

/** Shares the blocks of the file, in no time, where the host's file system can; false where it cannot. ioctl_ficlone(2). */
export async function shareBlocks(source: string, target: string): Promise<boolean> {
  return copyFile(source, target, constants.COPYFILE_FICLONE_FORCE).then(
    () => true,
    () => false,
  );
}

/** An empty copy of the same size. */
export async function beginCopy(source: string, target: string): Promise<Copy> {
  await using opened = new AsyncDisposableStack();
  const from = opened.use(await open(source, 'r'));
  const to = opened.use(await open(target, 'w+', 0o600));
  const { size } = await from.stat();
  await to.truncate(size);
  const buffers = { mine: Buffer.allocUnsafe(CHUNK_BYTES), theirs: Buffer.allocUnsafe(CHUNK_BYTES) };
  const filled = new Set<number>();
  const files = opened.move();
  return {
    async level(signal) {
      for (const chunk of await chunksOf(source, size, signal)) filled.add(chunk);
      for (const chunk of filled) {
        signal.throwIfAborted();
        await levelChunk(from, to, chunk, buffers);
      }
    },
    [Symbol.asyncDispose]: () => files.disposeAsync(),
  };
}

/** Resolves when the file, or the folder with the names in it, is on the disk. */
export async function toDisk(path: string, signal: AbortSignal): Promise<void> {
  await runOnHost({ file: 'sync', argv: [path], signal, timeoutMs: SYNC_TIMEOUT_MS });
}

async function levelChunk(from: FileHandle, to: FileHandle, chunk: number, { mine, theirs }: Buffers): Promise<void> {
  const position = chunk * CHUNK_BYTES;
  const [now, before] = await Promise.all([readAt(from, mine, position), readAt(to, theirs, position)]);
  if (now.equals(before)) return;
  for (const [start, end] of differences(now, before)) await writeAt(to, now.subarray(start, end), position + start);
}

async function readAt(file: FileHandle, buffer: Buffer, position: number): Promise<Buffer> {
  const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
  return buffer.subarray(0, bytesRead);
}

/** A disk that is nearly full takes a part. */
async function writeAt(file: FileHandle, data: Buffer, position: number): Promise<void> {
  for (let done = 0; done < data.length; ) {
    done += (await file.write(data, done, data.length - done, position + done)).bytesWritten;
  }
}

/** Where blocks differ, as runs from start to end. */
export function differences(now: Buffer, before: Buffer): [start: number, end: number][] {
  const runs: [start: number, end: number][] = [];
  for (let start = 0; start < now.length; start += BLOCK_BYTES) {
    const end = Math.min(start + BLOCK_BYTES, now.length);
    if (now.compare(before, start, end, start, end) === 0) continue;
    const last = runs.at(-1);
    if (last?.[1] === start) last[1] = end;
    else runs.push([start, end]);
  }
  return runs;
}

/** The chunks of a file in which there may be something but zeros; all of them where the file system does not tell. */
async function chunksOf(path: string, size: number, signal: AbortSignal): Promise<Iterable<number>> {
  const argv = ['-v', `-b${BLOCK_BYTES}`, path];
  const table = await runOnHost({ file: 'filefrag', argv, signal, timeoutMs: EXTENTS_TIMEOUT_MS }).catch(() => '');
  signal.throwIfAborted();
  return chunksIn(table) ?? Array(Math.ceil(size / CHUNK_BYTES)).keys();
}

/** From what `filefrag -v -b4096` prints, filefrag(8); undefined when it is no whole table. */
export function chunksIn(table: string): Set<number> | undefined {
  const chunks = new Set<number>();
  for (const [, first, last] of table.matchAll(/^ *\d+: +(\d+)\.\. *(\d+):/gm)) {
    const end = Math.floor((Number(last) * BLOCK_BYTES) / CHUNK_BYTES);
    for (let chunk = Math.floor((Number(first) * BLOCK_BYTES) / CHUNK_BYTES); chunk <= end; chunk++) chunks.add(chunk);
  }
  // The last line: "<path>: 12 extents found".
  return /: \d+ extents? found\s*$/.test(table) ? chunks : undefined;
}
