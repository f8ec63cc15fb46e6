// The HTTP server: alive, ready, metrics; doors add their own routes when they come.
import type { IncomingHttpHeaders } from 'node:http';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { ShellboxError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { CheckResult, Readiness } from './checks.ts';
import type { Metrics } from './metrics.ts';
import { createRoom } from './room.ts';

export interface Address {
  host: string;
  /** 0 takes a free one. */
  port: number;
}

export interface HttpOptions {
  /** The listener for the doors; a process without doors has none. */
  listen: Address | undefined;
  /** Where metrics and details are; undefined means loopback callers of the first listener. */
  metricsListen: Address | undefined;
  /** What doors answer on the first listener. */
  hooks?: readonly Hook[];
  /** For a whole request, in milliseconds. 30,000 by default: in that time 32 MB of mail come over a line of 10 Mbit/s. */
  requestMs?: number;
  readiness: Readiness;
  metrics: Metrics;
  logger: Logger;
}

/** A path to which a platform posts; the body is handed on as it came. */
export interface Hook {
  /** With `:name` where a part of it is handed on in `params`. */
  path: string;
  /** Longer bodies are answered with 413; 1 MiB when left out. */
  mostBodyBytes?: number;
  /** Whether a body is taken at all; one that is not is answered with 401 before it was read. All are when left out. */
  admits?(request: HookHead): boolean;
  answer(request: HookHead & { body: Buffer }): Promise<HookAnswer>;
}

interface HookHead {
  headers: IncomingHttpHeaders;
  params: Readonly<Record<string, string>>;
}

export interface HookAnswer {
  status: number;
  headers?: Readonly<Record<string, string>>;
  body?: string;
}

export interface HttpServer {
  /** Where it listens, with the port that was taken. */
  readonly listen: Address | undefined;
  readonly metricsListen: Address | undefined;
  /** Takes no more requests and lets those under way finish. */
  close(): Promise<void>;
}

type Sees = (request: FastifyRequest) => boolean;

/** Opens both listeners or none. @throws ShellboxError `port_taken`, `port_forbidden`, `address_missing` */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const { listen, metricsListen } = options;
  const opened: FastifyInstance[] = [];
  const open = async (
    address: Address,
    variable: string,
    seesDetails: Sees,
    hooks: readonly Hook[] = [],
  ): Promise<Address> => {
    const server = createServer(options, seesDetails, hooks);
    opened.push(server);
    return await bind(server, address, variable);
  };
  const close = async () => {
    await Promise.all(opened.map((server) => server.close()));
  };
  try {
    return {
      listen:
        listen &&
        (await open(listen, 'SHELLBOX_PORT', metricsListen === undefined ? isLocal : () => false, options.hooks)),
      metricsListen: metricsListen && (await open(metricsListen, 'METRICS_LISTEN', () => true)),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const REQUEST_MS = 30_000;
const HEADERS_MS = 10_000;
/** How often the two are looked at; Node's own 30 s would double them. */
const CHECK_MS = 2_000;
const IDLE_MS = 5_000;
const MOST_BODY_BYTES = 1024 * 1024;
/** What bodies on their way to one hook may hold together: so many of its largest, and so many bytes where those are small. */
const ROOM_BODIES = 8;
const ROOM_BYTES = 64 * 1024 * 1024;
const RETRY_AFTER_S = 2;

function createServer(
  { readiness, metrics, logger, requestMs = REQUEST_MS }: HttpOptions,
  seesDetails: Sees,
  hooks: readonly Hook[],
): FastifyInstance {
  const server = fastify({
    requestTimeout: requestMs,
    http: { headersTimeout: Math.min(HEADERS_MS, requestMs), connectionsCheckingInterval: CHECK_MS },
    keepAliveTimeout: IDLE_MS,
    bodyLimit: MOST_BODY_BYTES,
    forceCloseConnections: 'idle',
  });
  server.get('/healthz', async () => ({ alive: true }));
  server.get('/readyz', async (request, reply) => {
    const results = await readiness.look();
    const ready = results.every(({ ok }) => ok);
    reply.code(ready ? 200 : 503).header('cache-control', 'no-store');
    return seesDetails(request) ? { ready, checks: results.map(shown) } : { ready };
  });
  server.get('/metrics', async (request, reply) => {
    if (!seesDetails(request)) return notFound(reply);
    reply.header('content-type', metrics.contentType);
    return await metrics.text();
  });
  // Signatures are over the bytes that came.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  for (const hook of hooks) addHook(server, hook);
  server.setNotFoundHandler((_request, reply) => notFound(reply));
  server.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const status = error.statusCode !== undefined && error.statusCode < 500 ? error.statusCode : 500;
    if (status === 500) logger.error({ error }, 'A request could not be answered');
    return reply.code(status).send({ error: status === 500 ? 'failed' : 'bad request' });
  });
  return server;
}

function addHook(server: FastifyInstance, { path, admits, answer, mostBodyBytes = MOST_BODY_BYTES }: Hook): void {
  const room = createRoom(Math.max(ROOM_BYTES, ROOM_BODIES * mostBodyBytes));
  server.post<{ Params: Record<string, string> }>(path, {
    bodyLimit: mostBodyBytes,
    onRequest: async ({ headers, params, socket }, reply) => {
      // The connection is closed with the answer: nobody waits for the rest of a body that is not wanted.
      if (admits?.({ headers, params }) === false) return reply.code(401).header('connection', 'close').send('');
      const bytes = Math.min(Number(headers['content-length'] ?? mostBodyBytes), mostBodyBytes);
      const leave = room.take(socket.remoteAddress ?? '', bytes);
      if (leave === undefined)
        return reply.code(503).header('retry-after', RETRY_AFTER_S).header('connection', 'close').send('');
      reply.raw.once('close', leave);
    },
    handler: async ({ headers, params, body }, reply) => {
      const answered = await answer({ headers, params, body: Buffer.isBuffer(body) ? body : Buffer.alloc(0) });
      return reply
        .code(answered.status)
        .headers({ ...answered.headers })
        .send(answered.body ?? '');
    },
  });
}

const shown = ({ name, ok, durationMs, message }: CheckResult) => ({
  name,
  ok,
  durationMs,
  ...(message === undefined ? {} : { message }),
});

function notFound(reply: FastifyReply) {
  return reply.code(404).send({ error: 'not found' });
}

/** A caller on this machine who speaks for nobody else: a proxy here passes on what comes from anywhere. */
function isLocal({ socket, headers }: FastifyRequest): boolean {
  const address = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  const isProxied = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'].some((name) => headers[name] !== undefined);
  return !isProxied && (address === '::1' || address.startsWith('127.'));
}

async function bind(server: FastifyInstance, { host, port }: Address, variable: string): Promise<Address> {
  try {
    await server.listen({ host, port });
  } catch (cause) {
    throw bindError(cause, `${host}:${port}`, variable);
  }
  const address = server.server.address();
  return { host, port: typeof address === 'object' && address !== null ? address.port : port };
}

function bindError(cause: unknown, address: string, variable: string): unknown {
  const remedy = (what: string) => ({ remedy: `${what} ${variable}.`, cause });
  switch (cause instanceof Error && 'code' in cause ? cause.code : undefined) {
    case 'EADDRINUSE':
      return new ShellboxError(
        'port_taken',
        `Another program listens on ${address} already.`,
        remedy('Stop it, or set another'),
      );
    case 'EACCES':
      return new ShellboxError(
        'port_forbidden',
        `This user may not listen on ${address}.`,
        remedy('Take a port above 1023:'),
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new ShellboxError(
        'address_missing',
        `This machine has no address ${address}.`,
        remedy('Give one of its own in'),
      );
    default:
      return cause;
  }
}
