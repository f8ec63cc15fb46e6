// A peer that sends past its window is cut off instead of filling the memory.
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { holdToWindow } from '../../../src/bots/ssh/window.ts';

const MIB = 1024 * 1024;

function unread(): { stream: Readable; overruns: () => number } {
  let count = 0;
  const stream = new Readable({ read: () => {} });
  holdToWindow(stream, () => {
    count += 1;
  });
  return { stream, overruns: () => count };
}

test('what a reader has not read yet is bounded, and the peer is told of once', () => {
  const { stream, overruns } = unread();
  for (let sent = 0; sent < 100; sent++) stream.push(Buffer.alloc(MIB));
  expect(stream.readableLength).toBeLessThanOrEqual(9 * MIB);
  expect(overruns()).toBe(1);
});

test('any amount that is read in time passes, and the end too', async () => {
  const { stream, overruns } = unread();
  let taken = 0;
  stream.on('data', (data: Buffer) => {
    taken += data.length;
  });
  for (let sent = 0; sent < 100; sent++) {
    stream.push(Buffer.alloc(MIB));
    await new Promise(setImmediate);
  }
  stream.push(null);
  await new Promise((resolve) => stream.once('end', resolve));
  expect([taken, overruns()]).toEqual([100 * MIB, 0]);
});
