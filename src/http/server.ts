// The HTTP server: alive, ready, metrics; doors add their own routes when they come.
import type { IncomingHttpHeaders } from 'node:http';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { limitConnections } from '../connections.ts';
import { ShellboxError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { networkOf } from '../network-of.ts';
import { createRoom } from '../room.ts';
import { BodyRefused, withBody } from './body.ts';
import type { CheckResult, Readiness } from './checks.ts';
import type { Metrics } from './metrics.ts';

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
  /** At a time, on each listener. 1,000 by default. */
  mostConnections?: number;
  /** Of bodies that are on their way to one hook. 64 MiB by default, or eight of its largest. */
  roomBytes?: number;
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
  /** For a whole body, in milliseconds; as long as the request when left out. */
  bodyMs?: number;
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
const MOST_CONNECTIONS = 1_000;
const MOST_BODY_BYTES = 1024 * 1024;
/** What bodies on their way to one hook may hold together: so many of its largest, and so many bytes where those are small. */
const ROOM_BODIES = 8;
const ROOM_BYTES = 64 * 1024 * 1024;
const RETRY_AFTER_S = 2;

function createServer(options: HttpOptions, seesDetails: Sees, hooks: readonly Hook[]): FastifyInstance {
  const { readiness, metrics, logger, requestMs = REQUEST_MS, mostConnections = MOST_CONNECTIONS } = options;
  const server = fastify({
    requestTimeout: requestMs,
    http: { headersTimeout: Math.min(HEADERS_MS, requestMs), connectionsCheckingInterval: CHECK_MS },
    keepAliveTimeout: IDLE_MS,
    forceCloseConnections: 'idle',
  });
  limitConnections(server.server, mostConnections);
  const readers = hooks.map(({ path }) => path);
  server.addHook('onRequest', async ({ headers, routeOptions }, reply) => {
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
    if (hasBody && !readers.includes(routeOptions.url ?? '')) closeAfter(reply);
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
  // Nothing reads a body, whatever its type, but a hook that takes it.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, _payload, done) => done(null));
  for (const hook of hooks) addHook(server, hook, { requestMs, roomBytes: options.roomBytes });
  server.setNotFoundHandler((_request, reply) => notFound(reply));
  server.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    closeAfter(reply);
    if (error instanceof BodyRefused && error.statusCode === 503) return tooMuch(reply);
    const status = error.statusCode !== undefined && error.statusCode < 500 ? error.statusCode : 500;
    if (status === 500) logger.error({ error }, 'A request could not be answered');
    return reply.code(status).send({ error: status === 500 ? 'failed' : 'bad request' });
  });
  return server;
}

function addHook(
  server: FastifyInstance,
  { path, admits, answer, mostBodyBytes: mostBytes = MOST_BODY_BYTES, bodyMs }: Hook,
  { requestMs, roomBytes }: { requestMs: number; roomBytes: number | undefined },
): void {
  const deadlineMs = bodyMs ?? requestMs;
  const room = createRoom(roomBytes ?? Math.max(ROOM_BYTES, ROOM_BODIES * mostBytes));
  server.post<{ Params: Record<string, string> }>(path, {
    onRequest: async ({ headers, params }, reply) => {
      if (admits?.({ headers, params }) === false) return closeAfter(reply).code(401).send('');
    },
    handler: async ({ headers, params, raw }, reply) => {
      const network = networkOf(raw.socket.remoteAddress ?? '');
      // Signatures are over the bytes that came.
      const answered = await withBody(raw, { room, network, mostBytes, deadlineMs }, (body) =>
        answer({ headers, params, body }),
      );
      return reply
        .code(answered.status)
        .headers({ ...answered.headers })
        .send(answered.body ?? '');
    },
  });
}

/** The connection is closed with the answer: nobody waits for a body that is not wanted, or for its rest. */
function closeAfter(reply: FastifyReply): FastifyReply {
  return reply.header('connection', 'close');
}

function tooMuch(reply: FastifyReply) {
  return reply.code(503).header('retry-after', RETRY_AFTER_S).send('');
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
