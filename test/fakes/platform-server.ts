// The HTTP listener on loopback that the platforms of tests answer on.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface PlatformRequest {
  method: string;
  url: URL;
  headers: IncomingMessage['headers'];
  bytes: Buffer;
}

export interface PlatformServer {
  /** Where WebSockets are upgraded too. */
  readonly http: Server;
  /** Without a slash at the end. */
  readonly origin: string;
  /** Resolves when all connections are gone; what hangs is cut. */
  close(): Promise<void>;
}

/** What becomes of a request; an answer's body is sent as JSON. */
export type PlatformAnswer =
  | { kind: 'hang' }
  | { kind: 'cut' }
  | { kind: 'answer'; status: number; headers: Readonly<Record<string, string>>; body: unknown };

const HOST = '127.0.0.1';

/** The connection is cut when `answer` rejects. */
export async function openPlatformServer(
  answer: (request: PlatformRequest, response: ServerResponse) => Promise<void>,
): Promise<PlatformServer> {
  const http = createServer((request, response) => {
    void whole(request)
      .then((read) => answer(read, response))
      .catch((error: unknown) => response.destroy(error instanceof Error ? error : new Error(String(error))));
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

export function give(response: ServerResponse, what: PlatformAnswer, type = 'application/json'): void {
  if (what.kind === 'hang') return;
  if (what.kind === 'cut') return void response.destroy();
  if (what.body === undefined) return void response.writeHead(what.status, what.headers).end();
  response.writeHead(what.status, { 'content-type': type, ...what.headers }).end(JSON.stringify(what.body));
}

async function whole(request: IncomingMessage): Promise<PlatformRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const { method = 'GET', headers } = request;
  return { method, url: new URL(request.url ?? '/', `http://${HOST}`), headers, bytes: Buffer.concat(chunks) };
}
