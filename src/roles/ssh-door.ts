// Puts the SSH door together: its keys, its view of boxes from the database, and news of them from Redis.
import { renderReply } from '../bots/ssh/render.ts';
import { createSshDoor, type SshDoor } from '../bots/ssh/ssh.ts';
import { createChanges } from '../queue/changes.ts';
import { listen } from '../queue/wakes.ts';
import { newId } from '../store/ids.ts';
import type { HouseServices } from './house.ts';
import { createStoreDirectory } from './ssh-directory.ts';

export interface SshDoorParts {
  door: SshDoor;
  /** Ends the listening for news; the door is closed by the role it serves. */
  close(): Promise<void>;
}

export function openSshDoor(services: HouseServices, address: { host: string; port: number }): SshDoorParts {
  const { settings, house, db, wakes, logger, now } = services;
  const changes = createChanges();
  const listener = listen(settings.redisUrl, logger, { changed: changes.tell });
  const { host, port } = house.gateway;
  const view = { host, port, user: undefined, colours: false };
  const directory = createStoreDirectory({
    db,
    house,
    wakes,
    changes,
    now,
    render: (reply) => renderReply(reply, view),
  });
  const door = createSshDoor({
    listen: address,
    hostKey: services.doorKey.privateKey,
    gatewayKey: services.gatewayKey.privateKey,
    directory,
    publicHost: host,
    publicPort: port,
    processId: services.processId,
    logger,
    now,
    newId,
  });
  return { door, close: () => listener.close() };
}
