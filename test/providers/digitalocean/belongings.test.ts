// What an installation has at DigitalOcean as a whole, what is sold there, and what `doctor` says.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDigitalOcean } from '../../../src/providers/digitalocean/digitalocean.ts';
import { secret } from '../../../src/secret.ts';
import { CONTROL_KEY, closeSetting, context, INSTALL, OTHER_INSTALL, openSetting, type Setting } from './setting.ts';

const NAME = `shellbox-${INSTALL}`;
const changes = (on: Setting) => on.vendor.requests.filter(({ route }) => !route.startsWith('GET')).length;

describe('an installation at DigitalOcean', () => {
  let on: Setting;
  beforeEach(async () => {
    on = await openSetting();
  });
  afterEach(() => closeSetting(on));

  it('has a firewall that lets in SSH alone, for what carries its tag, and a key', () => {
    const [firewall, ...others] = on.world.firewalls.values();
    expect(others).toEqual([]);
    expect(firewall).toMatchObject({
      name: NAME,
      tags: [`sb-install-${INSTALL}`],
      inbound_rules: [{ protocol: 'tcp', ports: '22', sources: { addresses: ['0.0.0.0/0', '::/0'] } }],
    });
    expect([...on.world.keys.values()]).toMatchObject([{ name: NAME, publicKey: CONTROL_KEY }]);
  });

  it('is prepared again without a change', async () => {
    const before = changes(on);
    await on.cloud.prepare(INSTALL, context);
    expect(changes(on)).toBe(before);
  });

  it('has its firewall put right where somebody opened or closed it', async () => {
    const [id, firewall] = [...on.world.firewalls][0] ?? [];
    for (const wrong of [{ inbound_rules: [] }, { tags: [] }, { outbound_rules: [] }]) {
      on.world.firewalls.set(String(id), { ...firewall, ...wrong });
      await on.cloud.prepare(INSTALL, context);
      expect(on.world.firewalls.get(String(id))).toMatchObject({
        tags: firewall?.tags,
        inbound_rules: firewall?.inbound_rules,
        outbound_rules: firewall?.outbound_rules,
      });
    }
  });

  it('shares a key that somebody registered, and leaves it', async () => {
    for (const key of on.world.keys.values()) key.name = 'laptop';
    await on.cloud.prepare(INSTALL, context);
    await on.cloud.tidy(INSTALL, context);
    expect(on.world.keys.size).toBe(1);
  });

  it('is taken away at the end, and may be gone', async () => {
    expect(await on.cloud.belongings(INSTALL, context)).toEqual([
      { kind: 'firewall', name: NAME },
      { kind: 'key', name: NAME },
    ]);
    expect(await on.cloud.belongings(OTHER_INSTALL, context)).toEqual([]);
    await on.cloud.tidy(INSTALL, context);
    await on.cloud.tidy(INSTALL, context);
    expect(await on.cloud.belongings(INSTALL, context)).toEqual([]);
    expect([on.world.firewalls.size, on.world.keys.size]).toEqual([0, 0]);
    // What lists do not show yet is known by it.
    expect([...on.world.tags]).toContain(`sb-install-${INSTALL}`);
  });

  it('keeps its firewall while there is a box or a home', async () => {
    await on.makeHome();
    await expect(on.cloud.tidy(INSTALL, context)).rejects.toMatchObject({ code: 'invalid' });
    expect(on.world.firewalls.size).toBe(1);
  });

  it('can have the sizes of its families in its regions, and knows what they cost', async () => {
    on.world.soldOut.add('s-4vcpu-8gb fra1');
    const sizes = await on.cloud.sizes(context);
    expect(sizes.map(({ name }) => name)).toEqual(['s-1vcpu-1gb', 's-2vcpu-4gb', 's-4vcpu-8gb', 's-8vcpu-16gb']);
    expect(sizes[2]).toMatchObject({
      cpus: 4,
      memoryMiB: 8192,
      currency: 'USD',
      monthly: 48,
      regions: ['ams3', 'nyc3'],
    });
    expect(await on.cloud.storagePrice(context)).toMatchObject({ volumeGiBMonthly: 0.1, stoppedCosts: 'storage only' });
  });

  it('can have them where people may ask for it, too, and where its boxes lie since regions were others', async () => {
    const cloud = createDigitalOcean({ ...on.options, regions: ['ams3'], moreRegions: ['nyc3'] });
    expect((await cloud.sizes(context))[0]?.regions).toEqual(['ams3', 'nyc3']);
    const plan = on.planFor(await on.makeHome(), { image: 'ubuntu-24-04-x64' });
    expect(plan.region).toBe('fra1');
    const { ref } = await cloud.createMachine(plan, context);
    expect(on.world.droplets.get(Number(ref))).toMatchObject({ region: 'fra1', image: 'ubuntu-24-04-x64' });
  });

  it('has other families where they are allowed', async () => {
    const cloud = createDigitalOcean({ ...on.options, families: ['s-amd', 'g'], whenStopped: 'keep' });
    expect((await cloud.sizes(context)).map(({ name }) => name)).toEqual(['s-2vcpu-4gb-amd', 'g-2vcpu-8gb']);
    expect(await cloud.storagePrice(context)).toMatchObject({ stoppedCosts: 'as running' });
  });
});

describe('the check of DigitalOcean', () => {
  let on: Setting;
  const check = (changed: Partial<Setting['options']> = {}) =>
    createDigitalOcean({ ...on.options, ...changed }).check(context);
  beforeEach(async () => {
    on = await openSetting({ dropletLimit: 3 });
  });
  afterEach(() => closeSetting(on));

  it('says what holds', async () => {
    expect(await check()).toEqual({
      ok: true,
      findings: [
        { ok: true, what: 'DigitalOcean: 0 of 3 droplets in use' },
        { ok: true, what: 'regions fra1, ams3, nyc3' },
        { ok: true, what: 'image debian-12-x64' },
        { ok: true, what: expect.stringMatching(/^the smallest box is a s-2vcpu-4gb, USD 0\.03/) },
      ],
    });
  });

  it.each([
    ['a wrong token', { token: secret('wrong') }, 'DigitalOcean does not accept the token.', 'api/tokens'],
    ['no region', { regions: ['mars1'] }, 'regions none; without mars1', 'DIGITALOCEAN_REGIONS'],
    ['no image', { image: 'debian-3' }, 'there is no image debian-3', 'DIGITALOCEAN_IMAGE'],
    ['no size', { smallest: { cpus: 96, memoryMiB: 1024 } }, 'no size has 96 vCPU', 'DIGITALOCEAN_FAMILIES'],
  ])('says what does not hold: %s', async (_, changed, what, remedy) => {
    const health = await check(changed);
    expect(health.ok).toBe(false);
    const found = health.findings.find((finding) => !finding.ok);
    expect(found?.what).toContain(what);
    expect(found?.remedy).toContain(remedy);
  });

  it('says when one region of several is full', async () => {
    on.world.soldOut.add('ams3');
    const { ok, findings } = await check();
    expect(ok).toBe(true);
    expect(findings[1]).toMatchObject({
      ok: true,
      what: 'regions fra1, nyc3; without ams3',
      remedy: expect.anything(),
    });
  });

  it('says which regions and images people may ask for in vain; boxes can be made all the same', async () => {
    const asked = { moreRegions: ['nyc3', 'mars1'], moreImages: ['ubuntu-24-04-x64', 'debian-3'] };
    const { ok, findings } = await check({ regions: ['fra1'], ...asked });
    expect(ok).toBe(true);
    expect(findings.slice(4)).toEqual([
      { ok: true, what: 'region nyc3, where it is asked for' },
      { ok: false, what: expect.stringContaining('region mars1'), remedy: expect.stringContaining('MORE_REGIONS') },
      { ok: false, what: 'image ubuntu-24-04-x64 is not in mars1', remedy: expect.stringContaining('MORE_IMAGES') },
      { ok: false, what: 'there is no image debian-3', remedy: expect.stringContaining('MORE_IMAGES') },
    ]);
  });

  it('says when the limit is reached', async () => {
    for (const at of [0, 1, 2]) await on.runBox(`01890a5d-ac96-774b-bcce-b302099a805${at}`);
    expect(await check()).toMatchObject({ ok: false, findings: [{ what: 'DigitalOcean: 3 of 3 droplets in use' }] });
  });

  it('never throws, whatever is answered', async () => {
    on.vendor.faults.next('GET /v2/regions', { kind: 'answer', status: 503, body: 'down' });
    const { ok, findings } = await check();
    expect(ok).toBe(false);
    expect(findings[1]?.what).toBe('DigitalOcean answers with an error of its own (503).');
  });
});
