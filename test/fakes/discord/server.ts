// The fake's HTTP listener on loopback.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Rest } from './rest.ts';

const HOST = '127.0.0.1';

export interface DiscordServer {
  /** Where WebSockets are upgraded too. */
  readonly http: Server;
  /** Without a slash at the end. */
  readonly origin: string;
  /** Resolves when all connections are gone; what hangs is cut. */
  close(): Promise<void>;
}

/** `rest` is asked for at each request, because the rest needs the origin first. */
export async function openServer(rest: () => Rest): Promise<DiscordServer> {
  const http = createServer((request, response) => {
    void answer(request, response, rest()).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : new Error(String(error))),
    );
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

async function answer(request: IncomingMessage, response: ServerResponse, rest: Rest): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const what = await rest.call({
    method: request.method ?? 'GET',
    url: new URL(request.url ?? '/', `http://${HOST}`),
    authorization: request.headers.authorization,
    contentType: request.headers['content-type'],
    bytes: Buffer.concat(chunks),
  });
  if (what.kind === 'hang') return;
  if (what.kind === 'cut') return void response.destroy();
  if (what.body === undefined) return void response.writeHead(what.status, what.headers).end();
  const headers = { 'content-type': 'application/json', ...what.headers };
  response.writeHead(what.status, headers).end(JSON.stringify(what.body));
}
