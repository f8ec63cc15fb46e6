// Each finding of a provider says its name once, and only what makes boxes impossible is a fault.
import { expect, test } from 'vitest';
import { providerFindings } from '../../src/verbs/doctor-provider.ts';

const found = (ok: boolean, ...all: { ok: boolean; what: string }[]) =>
  providerFindings({ title: 'DigitalOcean', check: async () => ({ ok, findings: all }) }, new AbortController().signal);

test('a finding that begins with the name is not named again', async () => {
  const what = ['DigitalOcean: 3 of 25 droplets in use', 'DigitalOcean does not accept the token.', 'regions fra1'];
  expect((await found(true, ...what.map((each) => ({ ok: true, what: each })))).map((each) => each.what)).toEqual([
    'DigitalOcean: 3 of 25 droplets in use',
    'DigitalOcean does not accept the token.',
    'DigitalOcean: regions fra1',
  ]);
});

test('what does not hold is minor as long as boxes can be made', async () => {
  const image = { ok: false, what: 'there is no image debian-3' };
  expect(await found(true, image)).toEqual([{ ...image, what: `DigitalOcean: ${image.what}`, isMinor: true }]);
  expect(await found(false, image)).toEqual([{ ...image, what: `DigitalOcean: ${image.what}`, isMinor: false }]);
});
