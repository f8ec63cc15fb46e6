// The TCP side of the door: takes connections, holds back floods, and ends those that do not log in in time.
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import { ShellboxError } from '../../errors.ts';
import { networkOf } from '../../network-of.ts';
import { createCrowd } from './crowd.ts';
import { gatherWrites } from './gathered.ts';
import type { SshLimits } from './limits.ts';

export interface Listener {
  open(): Promise<void>;
  address(): { host: string; port: number };
  /** The connection from there; undefined when it is gone. */
  arrived(address: string, port: number): Arrived | undefined;
  /** Takes nothing new. */
  close(): void;
  /** Ends what is left. */
  destroy(): void;
}

export interface Arrived {
  /** It has logged in: its deadline ends, and it is not counted here any more. */
  loggedIn(): void;
  cutOff(): void;
}

export function createListener(
  listen: { host: string; port: number },
  limits: SshLimits,
  serve: (socket: Socket) => void,
): Listener {
  const sockets = new Set<Socket>();
  const byOrigin = new Map<string, Arrived>();
  const unauthenticated = createCrowd<Socket>();

  function arrive(socket: Socket): void {
    socket.on('error', () => {});
    const address = socket.remoteAddress ?? '';
    const network = networkOf(address);
    if (unauthenticated.of(network) >= limits.unauthenticatedPerNetwork) return void socket.destroy();
    if (unauthenticated.size >= limits.unauthenticated) drop(unauthenticated.longestOfLargest());
    const deadline = setTimeout(() => socket.destroy(), limits.loginMs);
    const origin = originOf(address, socket.remotePort);
    const loggedIn = (): void => {
      clearTimeout(deadline);
      unauthenticated.leave(socket);
    };
    const arrived: Arrived = { loggedIn, cutOff: () => void socket.destroy() };
    unauthenticated.enter(socket, network);
    sockets.add(socket);
    byOrigin.set(origin, arrived);
    socket.once('close', () => {
      loggedIn();
      sockets.delete(socket);
      if (byOrigin.get(origin) === arrived) byOrigin.delete(origin);
    });
    serve(gatherWrites(socket));
  }

  function drop(socket: Socket | undefined): void {
    if (socket === undefined) return;
    unauthenticated.leave(socket);
    socket.destroy();
  }

  const server: NetServer = createServer({ noDelay: true }, arrive);

  return {
    open() {
      return new Promise((resolve, reject) => {
        server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(listen, error)));
        server.listen(listen.port, listen.host, () => resolve());
      });
    },
    address() {
      const bound = server.address();
      return bound !== null && typeof bound === 'object' ? { host: bound.address, port: bound.port } : listen;
    },
    arrived: (address, port) => byOrigin.get(originOf(address, port)),
    close() {
      server.close();
    },
    destroy() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function originOf(address: string, port: number | undefined): string {
  return `${address} ${port}`;
}

function cannotListen({ host, port }: { host: string; port: number }, cause: NodeJS.ErrnoException): ShellboxError {
  const place = `SSH_LISTEN ${host}:${port}`;
  if (cause.code === 'EADDRINUSE') {
    return new ShellboxError('port_taken', `${place} is in use by another program.`, {
      remedy: `Set SSH_LISTEN to a free port, such as ${host}:${port + 1}, or stop the program that listens there (ss -ltnp).`,
      cause,
    });
  }
  if (cause.code === 'EACCES') {
    return new ShellboxError('port_forbidden', `${place} needs a right that this user has not.`, {
      remedy: 'Set SSH_LISTEN to a port above 1023.',
      cause,
    });
  }
  return new ShellboxError('cannot_listen', `${place} cannot be listened on.`, {
    remedy: 'Set SSH_LISTEN to an address of this machine.',
    cause,
  });
}
