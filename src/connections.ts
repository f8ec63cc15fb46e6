// How many connections a listener holds: when there are too many, the network that has most of them loses its oldest.
import type { Server, Socket } from 'node:net';
import { networkOf } from './network-of.ts';
import { createRoom } from './room.ts';

/**
 * Those that are one too many are cut off without a word: a sentence to each would be a connection longer. Addresses that are free of
 * this are not counted.
 */
export function limitConnections(
  server: Server,
  most: number,
  isFree: (address: string) => boolean = () => false,
): void {
  const room = createRoom(most);
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    if (isFree(address)) return;
    const guest = room.enter(networkOf(address), () => socket.destroy());
    if (!guest.take(1)) socket.destroy();
    socket.once('close', guest.leave);
  });
}
