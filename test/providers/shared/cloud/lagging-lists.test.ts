// Lists of a cloud that do not show for a minute what was just made: what comes next for a box finds its machine all the same.
import { describe, expect, type TestContext, test } from 'vitest';
import type { BoxRef, BoxSpec, CallContext, InstanceView, Provider } from '../../../../src/providers/provider.ts';
import { cloudProviderFor } from '../../../contracts/cloud-subject.ts';
import { makeBoxSpec, makeHostKey } from '../../../contracts/provider-spec.ts';
import { digitalOceanUnderTest } from '../../digitalocean/under-test.ts';
import { ovhUnderTest } from '../../ovh/under-test.ts';

const LAG_MS = 60_000;
const key = makeHostKey();
const inTime = (): CallContext => ({ signal: AbortSignal.timeout(30_000) });

async function openVendor(
  { onTestFinished }: TestContext,
  vendor: 'digitalocean' | 'ovh',
  whenStopped: 'keep' | 'release',
) {
  const under = await (vendor === 'ovh' ? ovhUnderTest(whenStopped) : digitalOceanUnderTest(whenStopped));
  under.fake.world.lag.set(LAG_MS);
  onTestFinished(async () => {
    under.assertClean();
    await under.close();
  });
  const box = makeBoxSpec({ installId: under.installId });
  return {
    box,
    machines: () => under.machines(box.installId),
    runs: () => under.boxes.of(under.machineOf(box) ?? '') !== undefined,
    /** As every process has one, which knows nothing of what the others did. */
    driver(): Provider {
      const made = cloudProviderFor(under, key, { cloud: { ...under.open(key.publicKey), listLagMs: 2 * LAG_MS } });
      onTestFinished(() => made.shells.close());
      return made.provider;
    },
  };
}

async function make(box: BoxSpec, provider: Provider): Promise<InstanceView> {
  await provider.ensureHome(box, inTime());
  return provider.create(box, inTime());
}

/** With what the database knows of its instance. */
const as = (box: BoxSpec, { ref }: Pick<InstanceView, 'ref'>): BoxSpec & BoxRef => ({ ...box, ref });

describe.concurrent.each(['digitalocean', 'ovh'] as const)('at %s', (vendor) => {
  test.for(['keep', 'release'] as const)(
    'a box that was just made is stopped, and will %s its machine',
    async (whenStopped, context) => {
      const { box, driver, machines, runs } = await openVendor(context, vendor, whenStopped);
      const { ref } = await make(box, driver());
      expect(runs()).toBe(true);
      await driver().stop(as(box, { ref }), inTime());
      expect(runs()).toBe(false);
      await driver().destroy(as(box, { ref }), inTime());
      expect(machines()).toEqual([]);
    },
  );

  test('a name that the release before wrote down in place of an id is asked of nobody', async (context) => {
    const { box, driver } = await openVendor(context, vendor, 'release');
    const provider = driver();
    await make(box, provider);
    await provider.stop(box, inTime());
    expect(await provider.inspect(as(box, { ref: box.instanceName }), inTime())).toMatchObject({ running: false });
  });

  test('what was released and comes back is one machine, and is released again', async (context) => {
    const { box, driver, machines, runs } = await openVendor(context, vendor, 'release');
    const provider = driver();
    const made = await make(box, provider);
    await provider.stop(as(box, made), inTime());
    const { ref } = await provider.start(as(box, made), inTime());
    expect(runs()).toBe(true);
    expect(machines()).toHaveLength(1);
    await driver().stop(as(box, { ref }), inTime());
    expect(runs()).toBe(false);
  });
});
