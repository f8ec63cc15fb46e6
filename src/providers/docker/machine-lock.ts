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
  return await holding(server, work);
}

/** Runs `work` unless another process of this machine, or this one, holds `name`; false when it does. Waits for nobody. */
export async function unlessLocked(name: string, work: () => Promise<void>): Promise<boolean> {
  const server = await listen(name);
  if (server === undefined) return false;
  await holding(server, work);
  return true;
}

async function holding<T>(server: Server, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}
