// The TCP side of the door: takes connections, holds back floods, and ends those that do not log in in time.
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import { ShellboxError } from '../../errors.ts';
import { gatherWrites } from './gathered.ts';
import type { SshLimits } from './limits.ts';

export interface Listener {
  open(): Promise<void>;
  address(): { host: string; port: number };
  /** The connection from there has logged in: its deadline ends. */
  loggedIn(address: string | undefined, port: number | undefined): void;
  /** Takes nothing new. */
  close(): void;
  /** Ends what is left. */
  destroy(): void;
}

interface Guest {
  address: string;
  deadline: NodeJS.Timeout | undefined;
}

export function createListener(
  listen: { host: string; port: number },
  limits: SshLimits,
  serve: (socket: Socket) => void,
): Listener {
  const guests = new Map<Socket, Guest>();
  const strangersByAddress = new Map<string, number>();
  const byOrigin = new Map<string, Socket>();
  let strangers = 0;

  function count(address: string, change: 1 | -1): void {
    strangers += change;
    const now = (strangersByAddress.get(address) ?? 0) + change;
    if (now === 0) strangersByAddress.delete(address);
    else strangersByAddress.set(address, now);
  }

  function admit(guest: Guest): void {
    if (guest.deadline === undefined) return;
    clearTimeout(guest.deadline);
    guest.deadline = undefined;
    count(guest.address, -1);
  }

  function arrive(socket: Socket): void {
    socket.on('error', () => {});
    const address = socket.remoteAddress ?? '';
    const tooMany =
      strangers >= limits.unauthenticated || (strangersByAddress.get(address) ?? 0) >= limits.unauthenticatedPerAddress;
    if (tooMany) return void socket.destroy();
    const guest: Guest = { address, deadline: setTimeout(() => socket.destroy(), limits.loginMs) };
    const origin = originOf(address, socket.remotePort);
    count(address, 1);
    guests.set(socket, guest);
    byOrigin.set(origin, socket);
    socket.once('close', () => {
      admit(guest);
      guests.delete(socket);
      byOrigin.delete(origin);
    });
    serve(gatherWrites(socket));
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
    loggedIn(address, port) {
      const guest = guests.get(byOrigin.get(originOf(address ?? '', port)) as Socket);
      if (guest !== undefined) admit(guest);
    },
    close() {
      server.close();
    },
    destroy() {
      for (const socket of guests.keys()) socket.destroy();
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
