// What people read when Docker cannot do it: a code, a sentence and a remedy, never the engine's own words.
import { describe, expect, test } from 'vitest';
import { createDockerProvider } from '../../../src/providers/docker/docker.ts';
import { toProviderError } from '../../../src/providers/docker/errors.ts';
import { makeBoxSpec } from '../../contracts/provider-spec.ts';
import { failure } from '../../contracts/provider-subject.ts';
import { OPTIONS_FOR_TESTS, within } from './docker-host.ts';

const { signal } = new AbortController();
const asked = { doing: 'start the box', signal };
const answer = (statusCode: number, text = '') =>
  Object.assign(new Error(`(HTTP code ${statusCode}) ${text}`), { statusCode });
const errno = (code: string) => Object.assign(new Error(code), { code });

describe('an error of the engine', () => {
  test.each([
    ['a missing container', answer(404), 'vanished'],
    ['a refused connection', errno('ECONNREFUSED'), 'unavailable'],
    ['a missing socket', errno('ENOENT'), 'unavailable'],
    ['a socket that is not ours', errno('EACCES'), 'unavailable'],
    ['a hang-up', errno('ECONNRESET'), 'unavailable'],
    ['a full disk', answer(500, 'write /x: no space left on device'), 'no_space'],
    [
      'a port of another container',
      answer(500, 'Bind for 127.0.0.1:1 failed: port is already allocated'),
      'port_taken',
    ],
    ['a port of another program', answer(500, 'listen tcp4 127.0.0.1:1: bind: address already in use'), 'port_taken'],
    ['a bad payload', answer(400, 'range of CPUs is from 0.01 to 2.00'), 'invalid'],
    ['a conflict', answer(409), 'invalid'],
    ['an inner error', answer(500, 'whatever'), 'unavailable'],
  ])('%s', (_, error, code) => {
    const mapped = toProviderError(error, asked);
    expect(mapped.code).toBe(code);
    expect(mapped.cause).toBe(error);
    expect(mapped.message).not.toContain('HTTP');
  });

  test('a 404 means the image where a container is made', () => {
    const mapped = toProviderError(answer(404), { ...asked, missing: 'image_missing' });
    expect(mapped.code).toBe('image_missing');
    expect(mapped.remedy).toContain('docker pull');
  });

  test('a deadline says how long it was, a cancellation says that', () => {
    const late = new DOMException('late', 'TimeoutError');
    expect(toProviderError(late, { ...asked, deadlineMs: 60_000 })).toMatchObject({
      code: 'timeout',
      message: 'Docker did not start the box within 60 s.',
    });
    const cancelled = toProviderError(late, { ...asked, signal: AbortSignal.abort() });
    expect(cancelled).toMatchObject({ code: 'timeout', message: expect.stringContaining('Cancelled') });
  });
});

describe('without an engine', () => {
  const provider = createDockerProvider({ ...OPTIONS_FOR_TESTS, dockerHost: 'unix:///nonexistent/docker.sock' });
  const box = makeBoxSpec({ installId: OPTIONS_FOR_TESTS.installId, sshPort: 20_000 });

  test('every call says that Docker does not answer and what to do', async () => {
    const calls = [
      () => provider.prepare(within(5_000)),
      () => provider.list(box.installId, within(5_000)),
      () => provider.inspect(box, within(5_000)),
      () => provider.destroy(box, within(5_000)),
      () => provider.start(box, within(5_000)),
    ];
    for (const call of calls) {
      const error = await failure(call(), box);
      expect(error.code).toBe('unavailable');
      expect(error.remedy).toContain('DOCKER_HOST');
    }
  });

  test('check does not throw and says so', async () => {
    const health = await provider.check(within(5_000));
    expect(health.ok).toBe(false);
    expect(health.findings).toEqual([
      { ok: false, what: 'The Docker engine does not answer.', remedy: expect.stringContaining('DOCKER_HOST') },
    ]);
  });
});
