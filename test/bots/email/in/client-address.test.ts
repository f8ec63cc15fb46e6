// What the address of a client says of it.
import { networkInterfaces } from 'node:os';
import { expect, test } from 'vitest';
import { isOfTheWorld } from '../../../../src/bots/email/in/client-address.ts';

test.each(['192.0.2.1', '::ffff:192.0.2.1', '2001:db8::1', '172.32.0.1', '100.128.0.1'])('%s is of the world', (ip) => {
  expect(isOfTheWorld(ip)).toBe(true);
});

test.each([
  '127.0.0.1',
  '::ffff:10.1.2.3',
  '172.31.0.1',
  '100.64.0.1',
  '169.254.169.254',
  'fe80::1',
  'fd12::1',
  '',
  'x',
])('%s is not', (ip) => {
  expect(isOfTheWorld(ip)).toBe(false);
});

test('nor is an address of this machine', () => {
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  expect(own.filter(({ address }) => isOfTheWorld(address))).toEqual([]);
});
