// How many connections a listener holds: when there are too many, the network that has most of them loses its oldest.
import type { Server, Socket } from 'node:net';
import { networkOf } from '../network-of.ts';
import { createRoom } from '../room.ts';

/** Those that are one too many are cut off without a word: a sentence to each would be a connection longer. */
export function limitConnections(server: Server, most: number): void {
  const room = createRoom(most);
  server.on('connection', (socket: Socket) => {
    const guest = room.enter(networkOf(socket.remoteAddress ?? ''), () => socket.destroy());
    if (!guest.take(1)) socket.destroy();
    socket.once('close', guest.leave);
  });
}
