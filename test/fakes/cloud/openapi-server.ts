// A cloud's API on loopback: a stateful handler for each route, and every request and reply held against the vendor's document.
import { openPlatformServer, type PlatformRequest } from '../platform-server.ts';
import { type CloudFaults, createCloudFaults, type Fault } from './cloud-faults.ts';
import type { OpenApiDocument, Sent } from './openapi-document.ts';

export interface CloudRequest extends Sent {
  /** As in the document: `GET /v2/droplets/{droplet_id}`. */
  route: string;
  /** With the base path and the query, as it was sent. */
  url: URL;
  headers: PlatformRequest['headers'];
  /** The body as it came, for those who check a signature. */
  text: string;
}

export interface CloudReply {
  status: number;
  headers?: Readonly<Record<string, string>>;
  body?: unknown;
}

export type CloudHandler = (request: CloudRequest) => CloudReply | Promise<CloudReply>;

export interface CloudServerOptions {
  /** Without it nothing is held against anything, so that tests run where the data is not there. */
  document: OpenApiDocument | undefined;
  /** In front of all paths, e.g. `/1.0`. */
  basePath?: string;
  /** By route; one that the document has not is a mistake of the fake. */
  handlers: Readonly<Record<string, CloudHandler>>;
  /** The refusal of a request without a good log-in; called before everything else. */
  authorize(request: CloudRequest): CloudReply | undefined;
  /** Headers of every reply, e.g. of the rate limit. */
  headers?(): Readonly<Record<string, string>>;
}

export interface CloudServer {
  /** With the base path, without a slash at the end. */
  readonly url: string;
  readonly faults: CloudFaults;
  /** All that came, in order. */
  readonly requests: readonly CloudRequest[];
  /** What did not fit: unknown or unhandled routes, requests and replies that the document does not allow. */
  violations(): readonly string[];
  /** Throws where there was one. */
  assertClean(): void;
  close(): Promise<void>;
}

/** Parts of a path in braces stand for anything but a slash. A route without them is before one with: `/a/b` is not `/a/{c}`. */
function routerOf(routes: readonly string[]) {
  const known = routes
    .map((route) => {
      const names = [...route.matchAll(/\{([^}]+)\}/g)].map(([, name = '']) => name);
      const escaped = route.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{[^}]+\}/g, '([^/]+)');
      return { route, names, pattern: new RegExp(`^${escaped}$`) };
    })
    .sort((one, other) => one.names.length - other.names.length);
  return (asked: string) => {
    for (const { route, names, pattern } of known) {
      const found = pattern.exec(asked);
      if (found === null) continue;
      const params = Object.fromEntries(names.map((name, at) => [name, decodeURIComponent(found[at + 1] ?? '')]));
      return { route, params };
    }
    return undefined;
  };
}

export async function openCloudServer(options: CloudServerOptions): Promise<CloudServer> {
  const { document, handlers, authorize, basePath = '' } = options;
  const strange = Object.keys(handlers).filter((route) => document !== undefined && !document.routes.includes(route));
  if (strange.length > 0) throw new Error(`Not in the document: ${strange.join(', ')}`);
  const find = routerOf(document?.routes ?? Object.keys(handlers));
  const faults = createCloudFaults();
  const violations: string[] = [];
  const requests: CloudRequest[] = [];

  async function done(request: CloudRequest): Promise<CloudReply> {
    const refusal = authorize(request);
    if (refusal !== undefined) return refusal;
    violations.push(...(document?.requestErrors(request.route, request) ?? []));
    const handler = handlers[request.route];
    if (handler === undefined) {
      violations.push(`${request.route}: nothing in this fake answers it.`);
      return { status: 501 };
    }
    try {
      const reply = await handler(request);
      violations.push(...(document?.replyErrors(request.route, reply.status, reply.body) ?? []));
      return reply;
    } catch (error) {
      violations.push(`${request.route}: this fake failed: ${String(error)}`);
      return { status: 500 };
    }
  }

  /** Undefined ends the connection without an answer. */
  async function replyTo(request: CloudRequest, fault: Fault | undefined): Promise<CloudReply | undefined> {
    if (fault === undefined) return done(request);
    if (fault.kind === 'answer') return fault;
    if (fault.when === 'after') {
      const reply = await done(request);
      if (fault.kind === 'cut') return undefined;
      await fault.until();
      return reply;
    }
    if (fault.kind === 'cut') return undefined;
    await fault.until();
    return done(request);
  }

  const server = await openPlatformServer(async (came, response) => {
    const path = came.url.pathname;
    const inside = path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : path;
    const found = find(`${came.method} ${inside}`);
    if (found === undefined) {
      violations.push(`${came.method} ${path}: no such route.`);
      return void response.writeHead(404).end();
    }
    const text = came.bytes.toString('utf8');
    const request = { ...found, query: came.url.searchParams, url: came.url, headers: came.headers, text };
    const whole = { ...request, body: read(text) };
    requests.push(whole);
    const reply = await replyTo(whole, faults.take(found.route));
    if (reply === undefined) return void response.destroy();
    response.writeHead(reply.status, { ...options.headers?.(), 'content-type': 'application/json', ...reply.headers });
    response.end(reply.body === undefined ? undefined : JSON.stringify(reply.body));
  });

  return {
    url: server.origin + basePath,
    faults,
    requests,
    violations: () => violations,
    assertClean() {
      if (violations.length > 0) throw new Error(`The document does not allow:\n${violations.join('\n')}`);
    },
    close: () => server.close(),
  };
}

function read(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}
