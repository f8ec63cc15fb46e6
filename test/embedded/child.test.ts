// Supervision of a child process, with small programs in place of servers.
import { expect, test, vi } from 'vitest';
import { type ChildSpec, superviseChild } from '../../src/embedded/child.ts';
import { isAlive } from './processes.ts';
import { recordingLogger } from './recorder.ts';

const never = new AbortController().signal;
const DEADLINE = { timeout: 10_000, interval: 10 };

function spec(script: string, changes: Partial<ChildSpec> = {}): ChildSpec {
  return {
    name: 'sample',
    code: 'sample_failed',
    command: process.execPath,
    args: ['--eval', script],
    workingDirectory: '/',
    user: undefined,
    prepare: () => Promise.resolve(),
    ready: () => Promise.resolve(),
    readyTimeoutMs: 5_000,
    stopSteps: [
      { signal: 'SIGTERM', waitMs: 300 },
      { signal: 'SIGKILL', waitMs: 2_000 },
    ],
    ...changes,
  };
}

test('a child that ends before it answers is tried three times, then named with its last words', async () => {
  const prepare = vi.fn(() => Promise.resolve());
  const ready = () => new Promise<void>(() => {});
  const failing = superviseChild(
    spec('console.error("no room"); process.exit(1)', { prepare, ready }),
    recordingLogger().logger,
    never,
  );
  await expect(failing).rejects.toMatchObject({
    code: 'sample_failed',
    message: 'The embedded sample did not start: no room.',
  });
  expect(prepare).toHaveBeenCalledTimes(3);
});

test('a program that is not there is an error, not a crash', async () => {
  const ready = () => new Promise<void>(() => {});
  const failing = superviseChild(spec('', { command: '/nonexistent', ready }), recordingLogger().logger, never);
  await expect(failing).rejects.toMatchObject({ code: 'sample_failed' });
});

test('a child that never answers is ended at the deadline', async () => {
  const pids: number[] = [];
  const { logger } = recordingLogger();
  const noting = { ...logger, debug: (fields: object) => void pids.push(Number('text' in fields && fields.text)) };
  const ready = (signal: AbortSignal) =>
    new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const script = 'console.log(process.pid); setInterval(() => {}, 1000)';
  await expect(superviseChild(spec(script, { ready, readyTimeoutMs: 1_000 }), noting, never)).rejects.toMatchObject({
    code: 'sample_failed',
  });
  expect(pids).toHaveLength(3);
  expect(pids.filter(isAlive)).toEqual([]);
});

test('a child that does not heed the first signal gets the next one', async () => {
  const { logger, lines } = recordingLogger();
  const child = await superviseChild(
    spec('process.on("SIGTERM", () => {}); console.log("deaf"); setInterval(() => {}, 1000)'),
    logger,
    never,
  );
  const pid = child.pid() ?? 0;
  await vi.waitFor(() => expect(lines).toHaveLength(1), DEADLINE);
  await child.stop();
  expect(isAlive(pid)).toBe(false);
});

test('a child that keeps dying is started again with growing delays, until it is stopped', async () => {
  const { logger, lines } = recordingLogger();
  const child = await superviseChild(spec('process.exit(3)'), logger, never);
  const delays = () => lines.flatMap((line) => ('delayMs' in line.fields ? [line.fields.delayMs] : []));
  await vi.waitFor(() => expect(delays().length).toBeGreaterThanOrEqual(3), DEADLINE);
  expect(delays().slice(0, 3)).toEqual([100, 200, 400]);
  await child.stop();
  const after = lines.length;
  await child.stop();
  expect(lines).toHaveLength(after);
});
