// One request to a cloud: what comes back, and what each failure is called.
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ProviderError } from '../../../../src/providers/provider.ts';
import { type ApiClientOptions, createApiClient } from '../../../../src/providers/shared/cloud/api-client.ts';
import { wasRefusedWith } from '../../../../src/providers/shared/cloud/api-faults.ts';
import { createPace } from '../../../../src/providers/shared/cloud/pace.ts';
import { type CloudServer, openCloudServer } from '../../../fakes/cloud/openapi-server.ts';
import { createHastyClock } from '../../../fakes/cloud/test-clock.ts';
import { freePort } from '../../../support/free-port.ts';

const TOKEN = 'the-token-of-this-test';
const schema = z.object({ thing: z.object({ id: z.number() }) });
const context = { signal: new AbortController().signal };

describe('the client of a cloud', () => {
  let server: CloudServer;
  let clock: ReturnType<typeof createHastyClock>;
  let made: number;
  const client = (changed: Partial<ApiClientOptions> = {}) =>
    createApiClient({
      baseUrl: `${server.url}/`,
      title: 'Somecloud',
      headers: () => ({ authorization: `Bearer ${TOKEN}` }),
      faultOf: ({ status, cause }) => new ProviderError('invalid', `Refused (${status}).`, { cause }),
      pace: createPace(clock),
      clock,
      random: () => 0,
      ...changed,
    });

  beforeEach(async () => {
    clock = createHastyClock();
    made = 0;
    server = await openCloudServer({
      document: undefined,
      basePath: '/1.0',
      authorize: ({ headers }) => (headers.authorization === `Bearer ${TOKEN}` ? undefined : { status: 401 }),
      handlers: {
        'GET /things/{id}': ({ params, query }) =>
          params.id === '9'
            ? { status: 404, body: { message: 'no such thing' } }
            : { status: 200, body: { thing: { id: Number(params.id), of: query.get('of') }, more: true } },
        'POST /things': ({ body }) => ({ status: 201, body: { thing: { id: ++made, was: body } } }),
        'PUT /things/{id}': () => ({ status: 200, body: { thing: { id: 3 } } }),
        'DELETE /things/{id}': ({ params }) => ({ status: params.id === '9' ? 404 : 204 }),
      },
    });
  });
  afterEach(async () => {
    await server.close();
    expect(server.violations()).toEqual([]);
  });

  it('asks, and reads the fields it knows', async () => {
    const { get, post, put } = client();
    expect(await get('/things/7', schema, context, { of: 'mine', page: 2 })).toEqual({ thing: { id: 7 } });
    expect(await post('/things', { name: 'a' }, schema, context)).toEqual({ thing: { id: 1 } });
    expect(await put('/things/3', { name: 'b' }, schema, context)).toEqual({ thing: { id: 3 } });
    await client().delete('/things/3', context);
    expect(server.requests.map(({ url, body }) => [url.pathname + url.search, body])).toEqual([
      ['/1.0/things/7?of=mine&page=2', undefined],
      ['/1.0/things', { name: 'a' }],
      ['/1.0/things/3', { name: 'b' }],
      ['/1.0/things/3', undefined],
    ]);
  });

  it('hands what is sent to whoever makes the headers', async () => {
    const seen: string[] = [];
    const headers: ApiClientOptions['headers'] = async ({ method, url, body }) => {
      seen.push(`${method} ${url.pathname} ${body}`);
      return { authorization: `Bearer ${TOKEN}` };
    };
    await client({ headers }).post('/things', { name: 'a' }, schema, context);
    expect(seen).toEqual(['POST /1.0/things {"name":"a"}']);
  });

  it('takes 404 for an answer where that was the question', async () => {
    expect(await client().find('/things/9', schema, context)).toBeUndefined();
    expect(await client().find('/things/7', schema, context)).toEqual({ thing: { id: 7 } });
    await client().delete('/things/9', context);
    await expect(client().get('/things/9', schema, context)).rejects.toMatchObject({ code: 'invalid' });
  });

  it("asks the vendor's table about refusals, and keeps the vendor's words in the cause", async () => {
    const error = await client()
      .get('/things/9', schema, context)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ message: 'Refused (404).' });
    expect(inspect(error)).toContain('no such thing');
    expect([404, 403].map((status) => wasRefusedWith(error, status))).toEqual([true, false]);
  });

  it.each([
    ['GET', 'unavailable'],
    ['POST', 'timeout'],
  ])('a connection that ends without an answer to %s is “%s”', async (method, code) => {
    server.faults.next('GET /things/{id}', { kind: 'cut', when: 'after' });
    server.faults.next('POST /things', { kind: 'cut', when: 'after' });
    await expect(asked(method)).rejects.toMatchObject({ code });
    expect(made).toBe(method === 'POST' ? 1 : 0);
  });

  it.each([
    ['GET', 'unavailable'],
    ['POST', 'timeout'],
  ])('an error of the vendor on %s is “%s”', async (method, code) => {
    for (const route of ['GET /things/{id}', 'POST /things']) {
      server.faults.next(route, { kind: 'answer', status: 502, body: '<html>' });
    }
    await expect(asked(method)).rejects.toMatchObject({ code, message: expect.stringContaining('(502)') });
  });

  it('where nothing listens nothing was done, whatever was asked', async () => {
    const nowhere = { baseUrl: `http://127.0.0.1:${await freePort()}` };
    for (const method of ['GET', 'POST']) {
      await expect(asked(method, nowhere)).rejects.toMatchObject({
        code: 'unavailable',
        message: 'Somecloud cannot be reached.',
      });
    }
  });

  it.each([
    ['GET', 'unavailable', 'Somecloud did not answer within 0.05 s.'],
    ['POST', 'timeout', expect.stringContaining('within 0.05 s; whether it did')],
  ])('an answer to %s that takes too long is “%s”', async (method, code, message) => {
    const gate = Promise.withResolvers<void>();
    for (const route of ['GET /things/{id}', 'POST /things']) {
      server.faults.next(route, { kind: 'slow', until: () => gate.promise, when: 'before' });
    }
    await expect(asked(method, { deadlineMs: 50 })).rejects.toMatchObject({ code, message });
    gate.resolve();
  });

  it('ends as soon as its signal is aborted', async () => {
    const gate = Promise.withResolvers<void>();
    server.faults.next('GET /things/{id}', { kind: 'slow', until: () => gate.promise, when: 'before' });
    const abort = new AbortController();
    const outcome = client().get('/things/7', schema, abort);
    abort.abort();
    await expect(outcome).rejects.toMatchObject({ code: 'timeout', message: 'Cancelled while Somecloud was asked.' });
    gate.resolve();
  });

  it.each([
    ['text', 'not JSON'],
    ['another shape', { thing: {} }],
    ['nothing', undefined],
  ])('an answer that is %s is “unavailable”', async (_, body) => {
    server.faults.next('GET /things/{id}', { kind: 'answer', status: 200, body });
    await expect(asked('GET')).rejects.toMatchObject({ code: 'unavailable', cause: expect.anything() });
  });

  it('follows no redirect, for the log-in would go there too', async () => {
    server.faults.next('GET /things/{id}', { kind: 'answer', status: 302, headers: { location: '/1.0/things/3' } });
    await expect(asked('GET')).rejects.toMatchObject({ code: 'unavailable' });
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ['retry-after', () => '2', 2000],
    ['ratelimit-reset', () => String(clock.nowMs() / 1000 + 5), 5000],
  ])('waits a short time for room, as %s says, and asks again', async (name, value, waitedMs) => {
    server.faults.next('POST /things', { kind: 'answer', status: 429, headers: { [name]: value() } });
    expect(await client().post('/things', {}, schema, context)).toEqual({ thing: { id: 1 } });
    expect(clock.waited).toEqual([waitedMs]);
  });

  it('rests a little longer than it was told, by chance', async () => {
    server.faults.next('POST /things', { kind: 'answer', status: 429, headers: { 'retry-after': '2' } });
    await client({ random: () => 0.8 }).post('/things', {}, schema, context);
    expect(clock.waited).toEqual([2400]);
  });

  it('says how long, where the rest is long, and sends nothing before', async () => {
    const { post } = client();
    server.faults.next('POST /things', { kind: 'answer', status: 429, headers: { 'retry-after': '60' } });
    const limited = { code: 'rate_limited', retryAfterMs: 60_000, message: expect.stringContaining('in 60 s') };
    await expect(post('/things', {}, schema, context)).rejects.toMatchObject(limited);
    await expect(post('/things', {}, schema, context)).rejects.toMatchObject({ code: 'rate_limited' });
    expect(server.requests).toHaveLength(1);
    clock.advance(60_000);
    await post('/things', {}, schema, context);
  });

  it('gives up on a vendor that refuses again and again when its time is over', async () => {
    server.faults.next('GET /things/{id}', { kind: 'answer', status: 429, headers: { 'retry-after': '8' } }, 9);
    await expect(asked('GET')).rejects.toMatchObject({ code: 'rate_limited' });
    expect(server.requests.length).toBe(4);
  });

  it('shows its log-in in no error', async () => {
    server.faults.next('GET /things/{id}', { kind: 'cut', when: 'before' });
    const nowhere = { baseUrl: `http://127.0.0.1:${await freePort()}` };
    const errors = await Promise.all([
      asked('GET').catch((error: unknown) => error),
      asked('POST', nowhere).catch((error: unknown) => error),
      client()
        .get('/things/9', schema, context)
        .catch((error: unknown) => error),
      client()
        .get('/things/7', z.never(), context)
        .catch((error: unknown) => error),
    ]);
    expect(errors.every((error) => error instanceof ProviderError)).toBe(true);
    expect(inspect(errors, { depth: 20, showHidden: true })).not.toContain(TOKEN);
  });

  function asked(method: string, changed?: Partial<ApiClientOptions>): Promise<unknown> {
    const { get, post } = client(changed);
    return method === 'GET' ? get('/things/7', schema, context) : post('/things', {}, schema, context);
  }
});
