// The body of a request, as it comes.
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { withBody } from '../../src/http/body.ts';
import { createRoom } from '../../src/room.ts';

const stream = (headers: Record<string, string> = {}) => Object.assign(new PassThrough(), { headers });
const limits = { network: '192.0.2.1', mostBytes: 4_000, deadlineMs: 60_000 };
const asIs = async (body: Buffer): Promise<Buffer> => body;

describe('a body', () => {
  test('takes room for what came of it, not for what was announced, and gives it back', async () => {
    const room = createRoom(4_000);
    const idle = Array.from({ length: 10 }, () => stream({ 'content-length': '4000' }));
    const waiting = idle.map((one) => withBody(one, { ...limits, room }, asIs));
    for (const one of idle) one.write('x');
    const little = stream();
    little.end('little');
    expect(await withBody(little, { ...limits, network: '192.0.2.2', room }, asIs)).toEqual(Buffer.from('little'));
    const ended = waiting.map((one) => expect(one).rejects.toMatchObject({ statusCode: 400 }));
    for (const one of idle) one.destroy(new Error('gone'));
    await Promise.all(ended);
    const all = stream();
    all.end('x'.repeat(3_700));
    expect(await withBody(all, { ...limits, room }, asIs)).toHaveLength(3_700);
  });

  test('that holds most goes when there is no room for another', async () => {
    const room = createRoom(4_000);
    const large = stream();
    const refused = expect(withBody(large, { ...limits, room }, asIs)).rejects.toMatchObject({ statusCode: 503 });
    large.write('x'.repeat(3_000));
    const small = stream();
    small.end('x'.repeat(1_000));
    expect(await withBody(small, { ...limits, network: '192.0.2.2', room }, asIs)).toHaveLength(1_000);
    await refused;
  });

  test('in many small pieces counts for what those take', async () => {
    const many = stream();
    const refused = expect(withBody(many, { ...limits, room: createRoom(4_000) }, asIs)).rejects.toMatchObject({
      statusCode: 503,
    });
    for (let piece = 0; piece < 20; piece++) many.write('x');
    await refused;
  });

  test('that is too long is not read to its end, announced or not', async () => {
    const room = createRoom(10_000);
    const announced = withBody(stream({ 'content-length': '4001' }), { ...limits, room }, asIs);
    await expect(announced).rejects.toMatchObject({ statusCode: 413 });
    const more = stream();
    const came = expect(withBody(more, { ...limits, room }, asIs)).rejects.toMatchObject({ statusCode: 413 });
    more.write('x'.repeat(4_001));
    await came;
  });

  test('that does not end in its time is given up', async () => {
    const slow = withBody(stream(), { ...limits, room: createRoom(10), deadlineMs: 1 }, asIs);
    await expect(slow).rejects.toMatchObject({ statusCode: 408 });
  });
});
