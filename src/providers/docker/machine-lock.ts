// One at a time on this machine, whatever process asks: a lock that the kernel gives back when its holder dies, however it dies.
import { createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const RETRY_MS = 250;

/** Listening on an abstract Unix socket (man 7 unix): the name is the lock, nothing is in the file system. */
function listen(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error) => {
      if ('code' in error && error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen({ path: `\0${name}` }, () => resolve(server.unref()));
  });
}

/** Runs `work` while no other process of this machine holds `name`. `onWait` is called once if somebody else does. */
export async function withMachineLock<T>(
  name: string,
  { signal, onWait }: { signal: AbortSignal; onWait: () => void },
  work: () => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  let server = await listen(name);
  if (server === undefined) onWait();
  while (server === undefined) {
    await delay(RETRY_MS, undefined, { signal });
    server = await listen(name);
  }
  const held = server;
  try {
    return await work();
  } finally {
    await new Promise((resolve) => held.close(resolve));
  }
}
