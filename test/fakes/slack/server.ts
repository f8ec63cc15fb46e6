// The fake's HTTP listener on loopback: Web API, response URLs, uploads.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Files } from './files.ts';
import type { ResponseUrls } from './response-urls.ts';
import type { ApiAnswer, WebApi } from './web-api.ts';

const HOST = '127.0.0.1';

export interface SlackServer {
  /** Where WebSockets are upgraded too. */
  readonly http: ReturnType<typeof createServer>;
  /** Without a slash at the end. */
  readonly origin: string;
  /** Resolves when all connections are gone; what hangs is cut. */
  close(): Promise<void>;
}

/** `parts` is asked for at each request, because the parts need the origin first. */
interface Parts {
  webApi: WebApi;
  responseUrls: ResponseUrls;
  files: Files;
}

export async function openServer(parts: () => Parts): Promise<SlackServer> {
  const http = createServer((request, response) => {
    void answer(request, response, parts()).catch((error: unknown) => response.destroy(asError(error)));
  });
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(0, HOST, resolve);
  });
  const { port } = http.address() as AddressInfo;
  return {
    http,
    origin: `http://${HOST}:${port}`,
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { webApi, responseUrls, files }: Parts,
): Promise<void> {
  const bytes = await bodyOf(request);
  const body = bytes.toString();
  const path = new URL(request.url ?? '/', `http://${HOST}`).pathname;
  const contentType = request.headers['content-type'];
  const method = /^\/api\/([\w.]+)$/.exec(path)?.[1];
  if (method !== undefined && request.method === 'POST')
    return give(response, webApi.call({ method, authorization: request.headers.authorization, contentType, body }));
  const size = request.method === 'POST' ? await files.receive(path, contentType, bytes) : undefined;
  if (size !== undefined) return void response.end(`OK - ${size}`);
  const taken = request.method === 'POST' ? responseUrls.take(path, contentType, body) : undefined;
  give(response, taken ?? { kind: 'answer', status: 404, headers: {}, body: { ok: false, error: 'not_found' } });
}

function give(response: ServerResponse, what: ApiAnswer): void {
  if (what.kind === 'hang') return;
  if (what.kind === 'cut') return void response.destroy();
  const headers = { 'content-type': 'application/json; charset=utf-8', ...what.headers };
  response.writeHead(what.status, headers).end(JSON.stringify(what.body));
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
