// How a REDIS_URL is told to ioredis, which takes a path for a socket and a URL for the rest.
import type { Secret } from '../secret.ts';

const SOCKET = 'unix://';

/** With the password in it, where there is one: for the library alone. */
export function redisAddress({ reveal }: Secret): string {
  const url = reveal();
  return url.startsWith(SOCKET) ? url.slice(SOCKET.length) : url;
}
