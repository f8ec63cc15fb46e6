// Names of a vendor, as people type them.
import { expect, test } from 'vitest';
import { meantIn, namesIn, offerOf } from '../../src/boxes/offers.ts';

const IMAGES = offerOf(['debian-12-x64'], ['Ubuntu 24.04', 'Ubuntu 24.04 - UEFI', 'ubuntu-22-04-x64']);

test.each([
  ['debian-12-x64', 'debian-12-x64'],
  ['Debian 12', 'debian-12-x64'],
  ['debian', 'debian-12-x64'],
  ['ubuntu-24.04', 'Ubuntu 24.04'],
  ['UBUNTU_22.04', 'ubuntu-22-04-x64'],
  ['ubuntu', undefined],
  ['debian-1', undefined],
  ['ubuntu-24.04-uefi-x', undefined],
  ['-', undefined],
])('%s means %s', (typed, name) => {
  expect(meantIn(IMAGES, typed)).toBe(name);
});

test('what boxes get unasked comes first, and nothing twice', () => {
  expect(namesIn(offerOf(['fra1', 'ams3'], ['lon1', 'fra1', 'lon1']))).toEqual(['fra1', 'ams3', 'lon1']);
});
