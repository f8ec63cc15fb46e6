// What OVH offers: sizes and their prices, what storage costs, and what doctor says of a project.
import { describe, expect, test } from 'vitest';
import { priceOf } from '../../../src/boxes/prices.ts';
import { DEFAULT_SIZES } from '../../../src/boxes/sizes.ts';
import { subsidiaryOf } from '../../../src/providers/ovh/prices.ts';
import { asked, openProject } from './project.ts';

const CATALOGUE = 'GET /order/catalog/public/cloud';

describe('the sizes at OVH', () => {
  test('are those of the families, with the price of the catalogue', async () => {
    await using project = await openProject();
    const sizes = await project.cloud.sizes(project.context);
    expect(sizes.map(({ name }) => name)).toEqual(['d2-2', 'd2-4', 'd2-8', 'b3-8', 'b3-16', 'b3-32', 'b2-7', 'b2-30']);
    expect(sizes[1]).toEqual({
      name: 'd2-4',
      cpus: 2,
      memoryMiB: 4096,
      currency: 'EUR',
      hourly: 0.0198,
      monthly: 0.0198 * 744,
      regions: ['GRA11', 'SBG5', 'DE1'],
    });
  });

  test('count for as much memory as they are sold as: a box is shown the price of the machine that it gets', async () => {
    await using project = await openProject({ families: ['d2'] });
    const machines = [...(await project.cloud.sizes(project.context))];
    const prices = { currency: 'EUR', machines, homeGiBMonthly: 0, stoppedMachine: 'paid' } as const;
    expect(priceOf(prices, DEFAULT_SIZES.small)?.hourly).toBe(0.0198);
  });

  test('say where they can be had now', async () => {
    await using project = await openProject({ regions: ['SBG5', 'DE1'], families: ['d2'] });
    const { fake } = project;
    fake.goods.quota.set('DE1', 0);
    for (const flavor of fake.goods.flavors) flavor.available = flavor.name !== 'd2-2';
    const sizes = await project.cloud.sizes(project.context);
    expect(sizes.map(({ name, regions }) => [name, regions])).toEqual([
      ['d2-4', ['SBG5']],
      ['d2-8', ['SBG5']],
    ]);
  });

  test('have the price of their region, where that has one of its own', async () => {
    await using project = await openProject({ regions: ['GRA11'], moreRegions: ['SBG5', 'DE1'], families: ['d2'] });
    const { goods } = project.fake;
    for (const flavor of goods.flavors.filter(({ region }) => region === 'SBG5'))
      flavor.planCodes.hourly = `${flavor.name}.consumption.3AZ`;
    for (const flavor of goods.flavors.filter(({ region }) => region === 'DE1')) flavor.planCodes.hourly = 'unknown';
    goods.catalogue.addons.push({
      planCode: 'd2-4.consumption.3AZ',
      pricings: [{ price: 3_000_000, intervalUnit: 'hour' }],
    });
    const sizes = (await project.cloud.sizes(project.context)).filter(({ name }) => name === 'd2-4');
    expect(sizes.map(({ hourly, regions }) => [hourly, regions])).toEqual([
      [0.0198, ['GRA11', 'DE1']],
      [0.03, ['SBG5']],
    ]);
  });

  test('are those of the other regions where one does not answer, which is logged; all that fail are a failure', async () => {
    const lines: unknown[] = [];
    const logger = { warn: (fields: object) => void lines.push(fields) };
    await using project = await openProject({ regions: ['GRA11'], moreRegions: ['SBG5'], families: ['d2'], logger });
    const { cloud, context, fake } = project;
    const flavors = 'GET /cloud/project/{serviceName}/flavor';
    fake.server.faults.next(flavors, { kind: 'answer', status: 500 });
    const sizes = await cloud.sizes(context);
    expect(new Set(sizes.flatMap(({ regions }) => regions)).size).toBe(1);
    expect(lines).toEqual([{ region: expect.any(String), error: expect.objectContaining({ code: 'unavailable' }) }]);
    fake.server.faults.next(flavors, { kind: 'answer', status: 500 }, 2);
    await expect(cloud.sizes(context)).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('are asked for in one region alone where that is named', async () => {
    await using project = await openProject({ families: ['d2'] });
    const { cloud, context, fake } = project;
    const sizes = await cloud.sizes(context, 'SBG5');
    expect(sizes.map(({ regions }) => regions)).toEqual([['SBG5'], ['SBG5'], ['SBG5']]);
    const requests = fake.server.requests.filter(({ route }) => route.endsWith('/flavor'));
    expect(requests.map(({ query }) => query.get('region'))).toEqual(['SBG5']);
  });

  test('are read from a catalogue that is fetched without a log-in, and kept for a while', async () => {
    await using project = await openProject();
    const { cloud, context, fake, clock } = project;
    await cloud.sizes(context);
    await cloud.storagePrice(context);
    const fetched = fake.server.requests.filter(({ route }) => route === CATALOGUE);
    expect(fetched).toHaveLength(1);
    expect(fetched[0]?.headers).not.toHaveProperty('x-ovh-consumer');
    expect(fetched[0]?.query.get('ovhSubsidiary')).toBe('FR');
    clock.advance(24 * 3600_000);
    await cloud.sizes(context);
    expect(asked(fake).filter((route) => route === CATALOGUE)).toHaveLength(2);
  });
});

describe('the prices at OVH', () => {
  test.each([
    ['https://eu.api.ovh.com/1.0', 'FR'],
    ['https://ca.api.ovh.com/1.0', 'CA'],
    ['https://api.us.ovhcloud.com/1.0', 'US'],
  ])('of %s are those of %s', (apiUrl, subsidiary) => {
    expect(subsidiaryOf(apiUrl)).toBe(subsidiary);
  });
});

describe('the price of storage at OVH', () => {
  test('is by the month, and says what a stopped machine costs', async () => {
    await using project = await openProject();
    const { context } = project;
    expect(await project.cloud.storagePrice(context)).toEqual({
      currency: 'EUR',
      volumeGiBMonthly: 0.000059 * 744,
      stoppedCosts: 'as running',
    });
    const released = project.another({ whenStopped: 'release' });
    expect(released.whenStopped).toBe('release');
    expect((await released.storagePrice(context)).stoppedCosts).toBe('storage only');
  });
});

describe('what doctor says of OVH', () => {
  test('is what a box of each size gets in each region', async () => {
    await using project = await openProject({ regions: ['GRA11'] });
    expect(await project.cloud.check(project.context)).toEqual({
      ok: true,
      findings: [
        { ok: true, what: `OVH project ${project.fake.options.project}` },
        { ok: true, what: 'GRA11' },
        { ok: true, what: 'GRA11, image Debian 12' },
        { ok: true, what: 'GRA11, small: d2-4' },
        { ok: true, what: 'GRA11, medium: d2-8' },
        { ok: true, what: 'GRA11, large: b3-32' },
      ],
    });
  });

  test('is that one region is enough, and what is wrong with the others', async () => {
    await using project = await openProject({ regions: ['MARS1', 'SBG5', 'DE1', 'GRA11'] });
    const { goods } = project.fake;
    goods.regions.set('SBG5', 'DOWN');
    goods.quota.set('DE1', 0);
    const { ok, findings } = await project.cloud.check(project.context);
    expect(ok).toBe(true);
    expect(findings.filter((one) => !one.ok).map(({ what }) => what)).toEqual([
      'MARS1: not activated in the project',
      'SBG5: This region is out of order.',
      'DE1, small: The quota at OVH has no room for another machine in DE1.',
      'DE1, medium: The quota at OVH has no room for another machine in DE1.',
      'DE1, large: The quota at OVH has no room for another machine in DE1.',
    ]);
    expect(findings.filter((one) => !one.ok && one.remedy === undefined)).toEqual([]);
  });

  test('is also what people may ask for in vain; a region that is only asked for is not enough', async () => {
    const more = { moreRegions: ['SBG5'], moreImages: ['Ubuntu 24.04', 'Debian 3'] };
    await using project = await openProject({ regions: ['GRA11'], ...more });
    const { ok, findings } = await project.cloud.check(project.context);
    expect(ok).toBe(true);
    expect(findings.filter((one) => !one.ok).map(({ what }) => what)).toEqual([
      'GRA11, image: OVH has no image "Debian 3" in GRA11.',
      'SBG5, image: OVH has no image "Debian 3" in SBG5.',
    ]);
    expect(findings.map(({ what }) => what)).toContain('SBG5, image Ubuntu 24.04');
    project.fake.goods.regions.set('GRA11', 'DOWN');
    expect((await project.cloud.check(project.context)).ok).toBe(false);
  });

  test.each<[string, { project?: string; apiUrl?: string; keys?: { applicationKey: string } }, string | undefined]>([
    ['the keys are wrong', { keys: { applicationKey: 'other' } }, 'OVH_APPLICATION_KEY'],
    ['the project is not there', { project: 'nobodys' }, 'OVH_PROJECT'],
    ['nobody answers', { apiUrl: 'http://127.0.0.1:9/1.0' }, undefined],
  ])('is no when %s', async (_what, { keys, ...options }, variable) => {
    await using project = await openProject();
    const cloud = project.another({ ...options, keys: { ...project.fake.options.keys, ...keys } });
    const { ok, findings } = await cloud.check(project.context);
    expect({ ok, findings: findings.map((one) => one.ok) }).toEqual({ ok: false, findings: [false] });
    if (variable !== undefined) expect(findings[0]?.remedy).toContain(variable);
  });

  test('is no when no region has the image', async () => {
    await using project = await openProject({ image: 'Debian 99' });
    expect((await project.cloud.check(project.context)).ok).toBe(false);
  });
});
