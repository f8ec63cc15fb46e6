// Copies of sparse files: the same bytes after every levelling, and no more space than the file takes.
import { mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { beginCopy, chunksIn, differences } from '../../../src/providers/docker/home-copy.ts';

const BLOCK = 4096;
const MIB = 1024 ** 2;
const SIZE = 8 * MIB;
const { signal } = new AbortController();

const writes = fc.array(
  fc.record({
    at: fc.integer({ min: 0, max: SIZE - 1 }),
    length: fc.integer({ min: 1, max: 3 * BLOCK }),
    byte: fc.integer({ min: 0, max: 255 }),
  }),
  { maxLength: 8 },
);

async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'shellbox-copy-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe('a copy', () => {
  test('is what the file is after each levelling, whatever was written or became a hole in between', async () => {
    const folder = await freshFolder();
    await fc.assert(
      fc.asyncProperty(fc.array(writes, { minLength: 1, maxLength: 3 }), async (rounds) => {
        const [source, target] = [join(folder, 'source'), join(folder, 'target')];
        await using file = await open(source, 'w+');
        await file.truncate(SIZE);
        await using copy = await beginCopy(source, target);
        for (const [index, round] of rounds.entries()) {
          // All of it is a hole again.
          if (index === 2) await file.truncate(0).then(() => file.truncate(SIZE));
          for (const { at, length, byte } of round) {
            await file.write(Buffer.alloc(Math.min(length, SIZE - at), byte), 0, undefined, at);
          }
          await copy.level(signal);
          expect((await readFile(target)).equals(await readFile(source))).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('takes no space for what is a hole, or zeros', async () => {
    const folder = await freshFolder();
    const [source, target] = [join(folder, 'source'), join(folder, 'target')];
    await using file = await open(source, 'w+');
    await file.truncate(1024 * MIB);
    await file.write(Buffer.alloc(4 * MIB), 0, undefined, 100 * MIB);
    await file.write(Buffer.alloc(BLOCK, 1), 0, undefined, 500 * MIB);
    await using copy = await beginCopy(source, target);
    await copy.level(signal);
    const { size, blocks } = await stat(target);
    expect(size).toBe(1024 * MIB);
    expect(blocks * 512).toBeLessThanOrEqual(2 * BLOCK);
  });

  test('ends soon after the abort', async () => {
    const folder = await freshFolder();
    await using file = await open(join(folder, 'source'), 'w+');
    await file.write(Buffer.alloc(BLOCK, 1));
    await using copy = await beginCopy(join(folder, 'source'), join(folder, 'target'));
    await expect(copy.level(AbortSignal.abort())).rejects.toThrow('aborted');
  });
});

describe('differences', () => {
  test('are runs of blocks; with them written, both are the same', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 })), { maxLength: 12 }),
        fc.integer({ min: 1, max: BLOCK }),
        (pairs, last) => {
          const blocks = (bytes: number[]) =>
            Buffer.concat(bytes.map((byte, index) => Buffer.alloc(index === bytes.length - 1 ? last : BLOCK, byte)));
          const [now, before] = [blocks(pairs.map(([byte]) => byte)), blocks(pairs.map(([, byte]) => byte))];
          const runs = differences(now, before);
          const changed = pairs.filter(([one, other]) => one !== other).length;
          const written = runs.reduce((sum, [start, end]) => sum + Math.ceil((end - start) / BLOCK), 0);
          for (const [start, end] of runs) now.copy(before, start, start, end);
          expect(before.equals(now)).toBe(true);
          expect(written).toBe(changed);
          for (const [index, [start]] of runs.entries()) expect(start).toBeGreaterThan(runs[index - 1]?.[1] ?? -1);
        },
      ),
    );
  });
});

describe('the table of a file’s extents', () => {
  const table = (...lines: string[]) =>
    [
      'Filesystem type is: ef53',
      'File size of /x/1: 2..3:.img is 1073741824 (262144 blocks of 4096 bytes)',
      ' ext:     logical_offset:        physical_offset: length:   expected: flags:',
      ...lines,
      '/x/1: 2..3:.img: 9 extents found',
      '',
    ].join('\n');

  test('tells which chunks have something in them, from the first block to the last', () => {
    const lines = [
      '   0:        0..     129:   23130112..  23130241:    130:            ',
      '   4:    32767..   32769:   23132160..  23132161:      2:   23130476:',
      '  11:   262128..  262143:   23105552..  23105567:     16:   23191536: last,unwritten,eof',
    ];
    expect([...(chunksIn(table(...lines)) ?? [])]).toEqual([0, 127, 128, 1023]);
    expect(chunksIn(table())).toEqual(new Set());
  });

  test('is none when the program did not end well', () => {
    for (const printed of [
      '',
      '/dev/shm/x: FIBMAP/FIEMAP unsupported\n',
      table('   0:        0..     129:').slice(0, -20),
    ]) {
      expect(chunksIn(printed)).toBeUndefined();
    }
  });
});
