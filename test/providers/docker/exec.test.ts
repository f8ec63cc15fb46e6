// Lines in real boxes: what nobody waits for is ended inside, much output comes through whole, and a stop ends what runs.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Endpoint } from '../../../src/boxes/endpoint.ts';
import { type BoxSpec, type Ended, ProviderError } from '../../../src/providers/provider.ts';
import { type DockerHost, inBox, makeDockerHost, within } from './docker-host.ts';
import { engineAnswers } from './image-box.ts';

const DEADLINE_MS = 60_000;

describe.skipIf(!(await engineAnswers()))('exec on Docker (needs an engine and root)', () => {
  let host: DockerHost;
  let box: BoxSpec;
  let endpoint: Endpoint;
  beforeAll(async () => {
    host = await makeDockerHost();
    box = host.spec();
    await host.provider.prepare(within(DEADLINE_MS));
    await host.provider.ensureHome(box, within(DEADLINE_MS));
    const view = await host.provider.create(box, within(DEADLINE_MS));
    endpoint = await host.provider.reach(box, view, within(DEADLINE_MS));
  });
  afterAll(() => host?.remove());

  function run(line: string, output: (data: Buffer) => void, signal = within(DEADLINE_MS).signal): Promise<Ended> {
    return host.provider.exec(box, { endpoint, line, output }, { signal });
  }
  const codeOf = (call: Promise<unknown>) =>
    call.then(
      () => 'ended',
      (error: unknown) => (error instanceof ProviderError ? error.code : error),
    );
  const sleepers = async () => (await inBox(box, ['pgrep', '--count', '--exact', 'sleep'])).text.trim();

  test('what nobody waits for any more is ended in the box', async () => {
    const gone = new AbortController();
    const line = 'exec timeout --kill-after=10 600 bash -c "echo up; sleep 600; true"';
    expect(await codeOf(run(line, () => gone.abort(), gone.signal))).toBe('timeout');
    await expect.poll(sleepers, { timeout: 20_000 }).toBe('0');
  });

  test('ten megabytes come through whole, with the status behind them', async () => {
    let bytes = 0;
    const ended = await run('head -c 10000000 /dev/zero | tr "\\\\0" x; exit 7', (data) => {
      bytes += data.length;
    });
    expect({ bytes, ended }).toEqual({ bytes: 10_000_000, ended: { status: 7 } });
  });

  test('it is the person of the box who runs it, in the home', async () => {
    const printed: Buffer[] = [];
    await run('id -un; pwd', (data) => printed.push(data));
    expect(Buffer.concat(printed).toString()).toBe('dev\n/home/dev\n');
  });

  test('a stop ends what runs, and whoever waits is told that nobody knows how it ended', async () => {
    const { promise: up, resolve } = Promise.withResolvers<void>();
    const running = codeOf(run('echo up; sleep 600; true', () => resolve()));
    await up;
    await host.provider.stop(box, within(DEADLINE_MS));
    expect(['timeout', 'ended']).toContain(await running);
  });
});
