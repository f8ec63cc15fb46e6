// Health, readiness and metrics over real sockets: who sees what, and what happens when a part does not answer.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ShellboxError } from '../../src/errors.ts';
import { type Check, createReadiness } from '../../src/http/checks.ts';
import { createMetrics } from '../../src/http/metrics.ts';
import { type HttpOptions, type HttpServer, startHttp } from '../../src/http/server.ts';
import { createLogger } from '../../src/log.ts';

const logger = createLogger({ level: 'silent', secrets: [] });
const LOOPBACK = { host: '127.0.0.1', port: 0 };
const well: Check = { name: 'database', run: async () => {}, deadlineMs: 1000, keepMs: 0 };

async function serve(checks: readonly Check[], options: Partial<HttpOptions> = {}): Promise<HttpServer> {
  const server = await startHttp({
    listen: LOOPBACK,
    metricsListen: undefined,
    readiness: createReadiness(checks, logger),
    metrics: createMetrics('9.9.9'),
    logger,
    ...options,
  });
  onTestFinished(server.close);
  return server;
}

function get(address: HttpServer['listen'], path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`http://${address?.host}:${address?.port}${path}`, { headers });
}

describe('readiness', () => {
  test('is 200 while every part answers, and says so in detail on this machine', async () => {
    const { listen } = await serve([well]);
    const answer = await get(listen, '/readyz');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ ready: true, checks: [{ name: 'database', ok: true }] });
  });

  test('is 503 when a part fails, in our words and never in its own', async () => {
    const broken = { ...well, name: 'redis', run: () => Promise.reject(new Error('redis://:hunter2@r refused')) };
    const ours = {
      ...well,
      name: 'docker',
      run: () => Promise.reject(new ShellboxError('x', 'No engine.', { remedy: 'Start it.' })),
    };
    const { listen } = await serve([well, broken, ours]);
    const answer = await get(listen, '/readyz');
    expect(answer.status).toBe(503);
    const text = await answer.text();
    expect(text).not.toContain('hunter2');
    expect(JSON.parse(text).checks).toMatchObject([
      { ok: true },
      { ok: false },
      { ok: false, message: 'No engine. Start it.' },
    ]);
  });

  test('does not wait for a part longer than its deadline', async () => {
    const stuck: Check = { name: 'database', run: () => new Promise(() => {}), deadlineMs: 50, keepMs: 0 };
    const { listen } = await serve([stuck]);
    const answer = await get(listen, '/readyz');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ checks: [{ message: expect.stringContaining('0.05 s') }] });
  });

  test('asks a part once for callers at the same moment, and again when the answer is old', async () => {
    let asked = 0;
    let nowMs = 0;
    const counted: Check = { ...well, run: async () => void asked++, keepMs: 1000 };
    const readiness = createReadiness([counted], logger, () => nowMs);
    await Promise.all([readiness.look(), readiness.look()]);
    await readiness.look();
    expect(asked).toBe(1);
    nowMs = 1000;
    await readiness.look();
    expect(asked).toBe(2);
  });
});

describe('who sees details', () => {
  test('a caller behind a proxy on this machine does not', async () => {
    const { listen } = await serve([well]);
    for (const name of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via']) {
      expect(await (await get(listen, '/readyz', { [name]: 'for=10.0.0.1' })).json()).toEqual({ ready: true });
      expect((await get(listen, '/metrics', { [name]: 'for=10.0.0.1' })).status).toBe(404);
    }
  });

  test('with a listener of their own, nobody at the first one', async () => {
    const { listen, metricsListen } = await serve([well], { metricsListen: LOOPBACK });
    expect((await get(listen, '/metrics')).status).toBe(404);
    expect(await (await get(listen, '/readyz')).json()).toEqual({ ready: true });
    expect((await get(metricsListen, '/metrics')).status).toBe(200);
    expect(await (await get(metricsListen, '/readyz')).json()).toHaveProperty('checks');
  });

  test('a process without doors serves them at METRICS_LISTEN alone', async () => {
    const { listen, metricsListen } = await serve([well], { listen: undefined, metricsListen: LOOPBACK });
    expect(listen).toBeUndefined();
    expect((await get(metricsListen, '/healthz')).status).toBe(200);
  });
});

test('metrics name the release and what each part says of itself', async () => {
  const metrics = createMetrics('9.9.9');
  metrics.gauge({
    name: 'shellbox_part_ready',
    help: 'h',
    label: 'part',
    read: async () => ({ database: 1, redis: 0 }),
  });
  const { listen } = await serve([well], { metrics });
  const text = await (await get(listen, '/metrics')).text();
  expect(text).toContain('shellbox_info{version="9.9.9"');
  expect(text).toContain('shellbox_part_ready{part="redis"} 0');
  expect(text).toContain('process_resident_memory_bytes');
});

test('alive needs nothing to be ready, and an unknown path is 404', async () => {
  const { listen } = await serve([{ ...well, run: () => Promise.reject(new Error()) }]);
  expect((await get(listen, '/healthz')).status).toBe(200);
  expect((await get(listen, '/')).status).toBe(404);
});

describe('a listener that cannot open', () => {
  test('on a taken port says which variable to change, and leaves nothing open', async () => {
    const first = await serve([well]);
    const taken = first.listen ?? LOOPBACK;
    const failed = serve([well], { listen: LOOPBACK, metricsListen: taken });
    await expect(failed).rejects.toMatchObject({
      code: 'port_taken',
      message: expect.stringContaining(String(taken.port)),
      remedy: expect.stringContaining('METRICS_LISTEN'),
    });
  });

  test('on an address of another machine says so', async () => {
    await expect(serve([well], { listen: { host: '192.0.2.1', port: 0 } })).rejects.toMatchObject({
      code: 'address_missing',
    });
  });
});

describe('a stranger', () => {
  /** What is answered before the connection ends. */
  async function hear(port: number, said: string): Promise<string> {
    const socket = connect(port, '127.0.0.1');
    socket.write(said);
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    return answer;
  }

  test.each([
    ['POST /nope', 404],
    ['POST /metrics', 404],
    ['PUT /hook', 404],
    ['GET /healthz', 200],
    ['HEAD /readyz', 200],
    ['GET /metrics', 200],
  ])('who sends a body with %s is answered with %i before it has come', async (what, status) => {
    const { listen } = await serve([well], { hooks: [{ path: '/hook', answer: async () => ({ status: 200 }) }] });
    for (const length of ['Content-Length: 1000000', 'Transfer-Encoding: chunked']) {
      const head = `${what} HTTP/1.1\r\nHost: x\r\nContent-Type: a/b\r\n${length}\r\n\r\n`;
      const answer = await hear(listen?.port ?? 0, `${head}${length.includes('chunked') ? '3\r\nabc\r\n' : 'abc'}`);
      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} .*connection: close`, 'is'));
    }
  });

  test('who opens all the connections there are loses the oldest of them to the next who comes', async () => {
    const { listen } = await serve([well], { mostConnections: 3 });
    const port = listen?.port ?? 0;
    const ended: number[] = [];
    const held: Socket[] = [];
    onTestFinished(() => held.forEach((socket) => void socket.destroy()));
    for (const at of [0, 1, 2]) {
      const socket = connect(port, '127.0.0.1').on('close', () => ended.push(at));
      held.push(socket);
      await once(socket, 'connect');
    }
    const honest = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' });
    held.push(honest);
    honest.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    const [answer] = await once(honest, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 200 /);
    await expect.poll(() => ended).toEqual([0]);
  });
});

describe('a hook', () => {
  const hook = (read: Buffer[]) => ({
    path: '/hook/:secret',
    admits: ({ params }: { params: Readonly<Record<string, string>> }) => params.secret === 'right',
    async answer({ body }: { body: Buffer }) {
      read.push(body);
      return { status: 200 };
    },
  });

  test('that does not admit a request answers before its body has come', async () => {
    const read: Buffer[] = [];
    const { listen } = await serve([well], { hooks: [hook(read)] });
    const socket = connect(listen?.port ?? 0, '127.0.0.1');
    socket.write('POST /hook/wrong HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nthe first of many');
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(read).toEqual([]);
  });

  test('that admits it has the bytes as they came', async () => {
    const read: Buffer[] = [];
    const { listen } = await serve([well], { hooks: [hook(read)] });
    const body = Buffer.from([0, 255, 13, 10]);
    const answer = await fetch(`http://127.0.0.1:${listen?.port}/hook/right`, { method: 'POST', body });
    expect([answer.status, read]).toEqual([200, [body]]);
  });

  test('that has no room for a body says so, and when to come again; others go on', async () => {
    const read: Buffer[] = [];
    const { listen } = await serve([well], { hooks: [hook(read)], roomBytes: 5_000 });
    const head = 'POST /hook/right HTTP/1.1\r\nHost: x\r\nContent-Length: 4000\r\n\r\n';
    const first = connect(listen?.port ?? 0, '127.0.0.1');
    first.write(`${head}${'x'.repeat(3_999)}`);
    const second = connect(listen?.port ?? 0, '127.0.0.1');
    second.write(`${head}${'y'.repeat(3_000)}`);
    let answer = '';
    for await (const chunk of first) answer += String(chunk);
    expect(answer).toMatch(/^HTTP\/1\.1 503 .*retry-after: 2/s);
    second.write('y'.repeat(1_000));
    expect(String(await once(second, 'data'))).toMatch(/^HTTP\/1\.1 200 /);
    expect(read.map(String)).toEqual(['y'.repeat(4_000)]);
    second.destroy();
  });

  test('keeps its connection for the next request', async () => {
    const { listen } = await serve([well], { hooks: [hook([])] });
    const answer = await fetch(`http://127.0.0.1:${listen?.port}/hook/right`, { method: 'POST', body: 'x' });
    expect(answer.headers.get('connection')).toBe('keep-alive');
  });

  test('does not wait for ever for the end of a body', async () => {
    const { listen } = await serve([well], { hooks: [hook([])], requestMs: 100 });
    const socket = connect(listen?.port ?? 0, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('POST /hook/right HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf');
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });
});

test('figures that cannot be read are left out of a scrape, and come back', async () => {
  const metrics = createMetrics('9.9.9');
  let isAway = true;
  const read = (labels: Record<string, string>) => async () => {
    if (isAway) throw new Error('The database is away.');
    return [{ labels, value: 3 }];
  };
  metrics.rows({ name: 'shellbox_waiting', help: 'What waits.', labels: ['queue'], read: read({ queue: 'one' }) });
  metrics.rows({ name: 'shellbox_age', help: 'Its age.', labels: [], read: read({}) });
  const { listen } = await serve([well], { metrics });
  const series = async () => {
    const text = await (await get(listen, '/metrics')).text();
    expect(text, 'what can be read is there').toContain('shellbox_info{');
    return text.match(/^shellbox_(?:waiting|age).*$/gm);
  };
  expect(await series()).toBeNull();
  isAway = false;
  expect(await series()).toEqual(['shellbox_waiting{queue="one"} 3', 'shellbox_age 3']);
  isAway = true;
  expect(await series()).toBeNull();
});
