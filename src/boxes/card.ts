// What people are told about reaching a box: a line to paste, the host key it will meet, and its known_hosts line.
import { fingerprintOf } from '../accounts/keys.ts';
import { type Block, code, text } from '../threads/reply.ts';

/** How people reach the SSH door. */
export interface Gateway {
  host: string;
  port: number;
  /** True when SSH_PUBLIC_HOST is set: then people go through the gateway, not to the box's own port. */
  isPublic: boolean;
  /** The door's own host key, `ssh-ed25519 AAAA…`. */
  hostKey: string;
}

export interface Reachable {
  name: string;
  hostPublicKey: string;
  endpointHost: string | null;
  endpointPort: number | null;
}

export interface Route {
  user: string;
  host: string;
  port: number;
  hostKey: string;
}

/** The way to a running box; undefined while it has no address and the gateway is not public. */
export function routeTo(box: Reachable, gateway: Gateway): Route | undefined {
  if (gateway.isPublic) return { user: box.name, host: gateway.host, port: gateway.port, hostKey: gateway.hostKey };
  if (box.endpointHost === null || box.endpointPort === null) return undefined;
  return { user: 'dev', host: box.endpointHost, port: box.endpointPort, hostKey: box.hostPublicKey };
}

/** `ssh -p 2222 mybox@box.acme.dev` */
export function sshLine(route: Pick<Route, 'user' | 'host' | 'port'>): string {
  return `ssh ${route.port === 22 ? '' : `-p ${route.port} `}${route.user}@${route.host}`;
}

/** sshd(8), SSH_KNOWN_HOSTS FILE FORMAT: a port other than 22 puts the host in brackets. Never shortened. */
export function knownHostsLine(route: Pick<Route, 'host' | 'port' | 'hostKey'>): string {
  const [type, key] = route.hostKey.split(' ');
  return `${route.port === 22 ? route.host : `[${route.host}]:${route.port}`} ${type} ${key}`;
}

/** The lines that end a spinup or a start. */
export function connectBlocks(route: Route): Block[] {
  return [
    code(sshLine(route)),
    text(`Host key ${fingerprintOf(route.hostKey)} (compare with what ssh shows first). For known_hosts:`),
    code(knownHostsLine(route)),
  ];
}
