// Who is connected to the SMTP listener: relays, which may stay, and strangers, of whom a network has a share and nobody much time without a mail.
import { BlockList, isIP, isIPv6 } from 'node:net';
import { networkOf, withoutMapping } from '../../../network-of.ts';

/** Who is at the other end of a connection. */
export interface Client {
  readonly isRelay: boolean;
  readonly network: string;
  /** What was said by XFORWARD of the mail that is under way. */
  forwarded: ReadonlyMap<string, unknown>;
  /** Of the mail that is being taken in. */
  bytes: number;
}

export interface ClientLimits {
  /** Of connections at a time from one network that is not trusted. */
  mostOfOne: number;
  /** Of all mails that are being taken in; one network that is not trusted has a share of them. */
  mostBytes: number;
  /** For a whole connection, however busy. */
  connectionMs: number;
  /** For a stranger to bring a mail, or the next. */
  idleMs: number;
}

export interface Clients {
  /** False when its network has too many. May be called again for the same connection, as whoever it was first. */
  enter(id: string, address: string): boolean;
  of(id: string): Client | undefined;
  /** Whether there is room for more of this client's mail. */
  hasRoom(client: Client, more: number): boolean;
  /** A mail comes in, and its client is not idle before this has resolved. */
  during<T>(id: string, mail: (client: Client | undefined) => Promise<T>): Promise<T>;
  leave(id: string): void;
}

interface Connection {
  client: Client;
  life: NodeJS.Timeout;
  idle: NodeJS.Timeout | undefined;
}

/** So many networks that are not trusted share the bytes. */
const NETWORKS_AT_LEAST = 4;
const NOTHING: Client['forwarded'] = new Map();

/** Whether an address is among those, however either is written. */
export function isAmong(trusted: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const one of trusted.map(withoutMapping)) if (isIP(one) !== 0) list.addAddress(one, familyOf(one));
  return (address) => {
    const plain = withoutMapping(address);
    return isIP(plain) !== 0 && list.check(plain, familyOf(plain));
  };
}

const familyOf = (address: string) => (isIPv6(address) ? 'ipv6' : 'ipv4');

/** `end` closes a connection whose time is over. */
export function createClients(
  isRelay: (address: string) => boolean,
  { mostOfOne, mostBytes, connectionMs, idleMs }: ClientLimits,
  end: (id: string) => void,
): Clients {
  const connections = new Map<string, Connection>();
  const clients = (): Client[] => [...connections.values()].map(({ client }) => client);
  const ofNetwork = (of: string): Client[] => clients().filter(({ network }) => network === of);
  const taken = (some: readonly Client[]): number => some.reduce((sum, { bytes }) => sum + bytes, 0);
  const idle = (id: string, { isRelay: free }: Client): NodeJS.Timeout | undefined =>
    free ? undefined : setTimeout(end, idleMs, id);

  return {
    enter(id, address) {
      if (connections.has(id)) return true;
      const client: Client = { isRelay: isRelay(address), network: networkOf(address), forwarded: NOTHING, bytes: 0 };
      if (!client.isRelay && ofNetwork(client.network).length >= mostOfOne) return false;
      connections.set(id, { client, life: setTimeout(end, connectionMs, id), idle: idle(id, client) });
      return true;
    },
    of: (id) => connections.get(id)?.client,
    hasRoom(client, more) {
      if (taken(clients()) + more > mostBytes) return false;
      return client.isRelay || taken(ofNetwork(client.network)) + more <= mostBytes / NETWORKS_AT_LEAST;
    },
    async during(id, mail) {
      const connection = connections.get(id);
      clearTimeout(connection?.idle);
      try {
        return await mail(connection?.client);
      } finally {
        if (connection !== undefined) {
          connection.client.bytes = 0;
          if (connections.get(id) === connection) connection.idle = idle(id, connection.client);
        }
      }
    },
    leave(id) {
      const connection = connections.get(id);
      clearTimeout(connection?.life);
      clearTimeout(connection?.idle);
      connections.delete(id);
    },
  };
}
