// Stands before the machine's Docker engine, at an address with a password in it; tests have it fail or keep calls waiting.
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';

const SOCKET = '/var/run/docker.sock';

export interface EngineProxy {
  port: number;
  /** From now on containers are not made, with these words of the engine; undefined: they are again. */
  refuseToCreate(words: string | undefined): void;
  /** The next call that makes a container gets no answer and does nothing; resolves when it came. */
  swallowCreate(): Promise<void>;
  close(): Promise<void>;
}

export async function openEngineProxy(): Promise<EngineProxy> {
  let refusal: string | undefined;
  let swallowed: (() => void) | undefined;

  function pass(asked: IncomingMessage, answer: ServerResponse): void {
    const { method, url: path, headers } = asked;
    const call = request({ socketPath: SOCKET, method, path, headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(answer);
    });
    call.on('error', () => answer.destroy());
    answer.on('close', () => call.destroy());
    asked.pipe(call);
  }

  const server = createServer((asked, answer) => {
    if (!/\/containers\/create\b/.test(asked.url ?? '')) return pass(asked, answer);
    if (swallowed !== undefined) {
      swallowed();
      swallowed = undefined;
      return;
    }
    if (refusal === undefined) return pass(asked, answer);
    answer.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify({ message: refusal }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    refuseToCreate(words) {
      refusal = words;
    },
    swallowCreate: () =>
      new Promise((resolve) => {
        swallowed = resolve;
      }),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
