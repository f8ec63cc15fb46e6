// The seeded cloud as a process of its own: it outlives its callers and finishes what they began.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { makeBoxSpec, testInstallId } from '../contracts/provider-spec.ts';
import { failureCode } from '../contracts/provider-subject.ts';
import { createSeededClient, createSeededControl } from './seeded-client.ts';
import { createSeededCloud } from './seeded-provider.ts';
import { serveSeededCloud } from './seeded-server.ts';

const context = () => ({ signal: AbortSignal.timeout(20_000) });

async function served(sleep?: (ms: number, signal: AbortSignal) => Promise<void>) {
  const cloud = createSeededCloud({ seed: 4, ...(sleep === undefined ? {} : { sleep }) });
  const server = await serveSeededCloud(cloud);
  onTestFinished(() => server.close());
  const provider = createSeededClient(server.url);
  return { ...server, provider, control: createSeededControl(server.url, context().signal) };
}

describe('the served cloud', () => {
  test('runs alone, prints its URL, keeps its world between callers and ends on SIGTERM', async () => {
    const program = fileURLToPath(new URL('./seeded-server.ts', import.meta.url));
    const child = spawn(process.execPath, [program, '--seed', '7', '--port', '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const exited = once(child, 'exit');
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const url = String((await lines.next()).value);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);

    const box = makeBoxSpec({ installId: testInstallId() });
    const provider = createSeededClient(url);
    await provider.prepare(context());
    await provider.ensureHome(box, context());
    const view = await provider.create(box, context());
    expect(await createSeededClient(url).list(box.installId, context())).toEqual([view]);

    const control = createSeededControl(url, context().signal);
    expect(await control.instances(box.installId)).toMatchObject([{ ref: view.ref, instanceName: box.instanceName }]);
    expect((await control.history()).flatMap((event) => event.call?.verb ?? [])).toContain('create');
    expect(await control.vanish(box.instanceName)).toBe(true);
    expect(await provider.inspect(box, context())).toBeUndefined();
    expect((await control.ledger()).everyInstance).toMatchObject([{ gone: 'vanished' }]);

    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  });

  test('finishes a call whose caller hung up', async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    let hold = false;
    const { cloud, provider, control } = await served(async () => {
      if (hold) await held;
    });
    const box = makeBoxSpec({ installId: testInstallId() });
    await provider.prepare(context());
    await provider.ensureHome(box, context());
    hold = true;
    cloud.setFaults({ slow: 1 });
    const caller = new AbortController();
    const create = provider.create(box, { signal: caller.signal });
    await expect.poll(() => cloud.ledger.history().at(-1)?.call?.verb).toBe('create');
    caller.abort();
    expect(await failureCode(create, box)).toBe('timeout');
    expect(cloud.ledger.instances()).toEqual([]);
    release();
    await control.settled();
    expect(await control.instances()).toMatchObject([{ instanceName: box.instanceName }]);
  });

  test('takes faults, refusals and strangers from a test', async () => {
    const { provider, control } = await served();
    await provider.prepare(context());
    const box = makeBoxSpec({ installId: testInstallId() });
    await control.failNext('ensureHome', 'no_space');
    expect(await failureCode(provider.ensureHome(box, context()), box)).toBe('no_space');
    await control.setFaults({ rate_limited: 1 });
    await expect(provider.ensureHome(box, context())).rejects.toMatchObject({
      code: 'rate_limited',
      retryAfterMs: expect.any(Number),
    });
    await control.setFaults('none');
    await control.plant('by-hand');
    expect(await provider.list(box.installId, context())).toEqual([]);
    expect(await control.instances()).toMatchObject([{ instanceName: 'by-hand', installId: '' }]);
  });

  test('that is not there is unavailable, and one that cuts the connection leaves the outcome unknown', async () => {
    const cutter = createServer((socket) => void socket.once('data', () => socket.destroy())).listen(0, '127.0.0.1');
    await once(cutter, 'listening');
    const address = cutter.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const provider = createSeededClient(`http://127.0.0.1:${port}`);
    expect(await failureCode(provider.list('tnobody1', context()))).toBe('timeout');
    cutter.close();
    await once(cutter, 'close');
    expect(await failureCode(provider.list('tnobody1', context()))).toBe('unavailable');
    expect((await provider.check(context())).ok).toBe(false);
  });
});
