// What the address of a client says: whether it is one of the world, about which SPF records speak.
import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { withoutMapping } from '../../../network-of.ts';

/** RFC 6890: this host, private networks, carriers' own, link-local. */
const NOT_OF_THE_WORLD = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  NOT_OF_THE_WORLD.addSubnet(network, prefix, 'ipv4');
NOT_OF_THE_WORLD.addAddress('::', 'ipv6');
NOT_OF_THE_WORLD.addAddress('::1', 'ipv6');
NOT_OF_THE_WORLD.addSubnet('fc00::', 7, 'ipv6');
NOT_OF_THE_WORLD.addSubnet('fe80::', 10, 'ipv6');

/** False also for the addresses of this machine, and for what is none. */
export function isOfTheWorld(ip: string): boolean {
  const address = withoutMapping(ip);
  const family = isIP(address);
  if (family === 0 || NOT_OF_THE_WORLD.check(address, family === 4 ? 'ipv4' : 'ipv6')) return false;
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return !own.some((one) => one.address === address);
}
