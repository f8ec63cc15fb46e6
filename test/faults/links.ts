// The network between the parts: each link can be cut, so that connections break and none is made, or held, so that nothing arrives.
import { rm } from 'node:fs/promises';
import { createConnection, createServer, type Server, type Socket } from 'node:net';

/** What `net.connect` takes: a socket in the file system or a port on loopback. */
export type Place = { path: string } | { host: string; port: number };

export interface Link {
  /** Where to connect instead of the place itself. */
  place: Place;
  /** Breaks what is connected and refuses what comes, until it is mended. */
  cut(): void;
  /** Lets nothing through in either direction, and breaks nothing, until it is mended. */
  hold(): void;
  mend(): void;
  close(): Promise<void>;
}

/** Listens at `at` (a free port where it is left out) and passes everything on to `to`. */
export async function openLink(to: Place, at: Place = { host: '127.0.0.1', port: 0 }): Promise<Link> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let state: 'whole' | 'cut' | 'held' = 'whole';

  const server = createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
    if (state === 'cut') return void near.destroy();
    const far = createConnection({ ...to, noDelay: true, allowHalfOpen: true });
    const pair = [near, far] as const;
    pairs.add(pair);
    for (const [from, into] of [pair, [far, near]] as const) {
      from.on('data', (chunk) => {
        if (!into.write(chunk)) from.pause();
      });
      into.on('drain', () => state !== 'held' && from.resume());
      from.once('end', () => into.end());
      from.on('error', () => into.destroy());
      from.once('close', () => {
        into.destroy();
        pairs.delete(pair);
      });
    }
    if (state === 'held') for (const socket of pair) socket.pause();
  });
  const place = await listening(server, at);

  return {
    place,
    cut() {
      state = 'cut';
      for (const socket of [...pairs].flat()) socket.destroy();
    },
    hold() {
      state = 'held';
      for (const socket of [...pairs].flat()) socket.pause();
    },
    mend() {
      state = 'whole';
      for (const socket of [...pairs].flat()) socket.resume();
    },
    async close() {
      for (const socket of [...pairs].flat()) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      if ('path' in at) await rm(at.path, { force: true });
    },
  };
}

async function listening(server: Server, at: Place): Promise<Place> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at, resolve);
  });
  const address = server.address();
  if (typeof address === 'string') return { path: address };
  if (address === null) throw new Error('The link has no address.');
  return { host: '127.0.0.1', port: address.port };
}
