// Sends what ssh2 writes in one go: it hands a packet to the socket in three pieces, each of which would be a call to the kernel.
import type { Socket } from 'node:net';

/** The same socket; everything written to it while the program is busy goes out together right after. */
export function gatherWrites(socket: Socket): Socket {
  const write = socket.write.bind(socket);
  let holding = false;

  function release(): void {
    holding = false;
    socket.uncork();
  }
  function gathered(...pieces: Parameters<Socket['write']>): boolean {
    if (!holding) {
      holding = true;
      socket.cork();
      setImmediate(release);
    }
    return write(...pieces);
  }
  Reflect.set(socket, 'write', gathered);
  return socket;
}
