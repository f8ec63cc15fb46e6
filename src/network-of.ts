// Whose network an address is of, by which the doors count those whom they do not know yet.
import { isIPv6 } from 'node:net';

/** What one client has to itself: its IPv4 address, or the first 64 bits of an IPv6 one (RFC 6177). */
export function networkOf(ip: string): string {
  const address = withoutMapping(ip);
  if (!isIPv6(address)) return address;
  const [left = '', right] = address.toLowerCase().split('::');
  const groups = left.split(':').filter((group) => group !== '');
  const missing = right === undefined ? 0 : 8 - groups.length - right.split(':').filter((group) => group !== '').length;
  return [...groups, ...Array.from({ length: missing }, () => '0')].slice(0, 4).join(':');
}

/** `192.0.2.1` for `::ffff:192.0.2.1`, as sockets that listen on both kinds name it; others as they are. */
export function withoutMapping(ip: string): string {
  return ip.replace(/^::ffff:(?=\d+\.)/i, '');
}
