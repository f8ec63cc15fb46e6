// What a live test does at a cloud, tried where it costs nothing: it leaves nothing behind, and begins nothing that would cost too much.
import { afterEach, describe, expect, test } from 'vitest';
import type { Cloud } from '../../src/providers/shared/cloud/cloud.ts';
import type { CloudUnderTest } from '../contracts/cloud-subject.ts';
import { makeBoxSpec, makeHostKey } from '../contracts/provider-spec.ts';
import { digitalOceanUnderTest } from '../providers/digitalocean/under-test.ts';
import { ovhUnderTest } from '../providers/ovh/under-test.ts';
import { LIVE_INSTALL, tryLiveBox } from './live-box.ts';

describe.each([
  ['DigitalOcean', () => digitalOceanUnderTest('keep', LIVE_INSTALL)],
  ['OVH', () => ovhUnderTest('keep', LIVE_INSTALL)],
] as const)('a live test at %s', (_, openUnder) => {
  let under: CloudUnderTest;
  const key = makeHostKey();
  async function open(changed: (cloud: Cloud) => Partial<Cloud> = () => ({})) {
    under = await openUnder();
    const cloud = under.open(key.publicKey);
    // Its lists are never late.
    return { cloud: { ...cloud, listLagMs: 0, ...changed(cloud) }, key, sshPort: under.boxes.port };
  }
  afterEach(async () => {
    under.assertClean();
    await under.close();
  });

  test('goes well, and leaves nothing', async () => {
    await tryLiveBox(await open());
    expect(under.leftovers()).toEqual([]);
  });

  test('leaves nothing when it fails half-way, nor what one before it left', async () => {
    const live = await open(() => ({ createSnapshot: () => Promise.reject(new Error('no snapshot')) }));
    const { installId, boxId } = makeBoxSpec({ installId: LIVE_INSTALL });
    const region = live.cloud.regions.unasked[0] ?? '';
    const signal = AbortSignal.timeout(10_000);
    await live.cloud.createVolume({ installId, boxId, region, sizeGiB: 10, from: undefined }, { signal });
    await expect(tryLiveBox(live)).rejects.toThrow('no snapshot');
    expect(under.leftovers()).toEqual([]);
  });

  test('says what is left where that cannot be taken away', async () => {
    const live = await open(() => ({ belongings: async () => [{ kind: 'home', name: 'sb-livetest-x' }] }));
    await expect(tryLiveBox(live)).rejects.toThrow(/left home sb-livetest-x behind/);
    const deaf = { ...live.cloud, snapshots: () => Promise.reject(new Error('no list')) };
    const suppressed = { message: 'no list' };
    await expect(tryLiveBox({ ...live, cloud: deaf })).rejects.toMatchObject({
      error: { message: expect.stringContaining('may have left something that begins with sb-livetest') },
      suppressed,
    });
  });

  test('makes nothing that would cost more than it may', async () => {
    const made: string[] = [];
    const live = await open((cloud) => ({
      createVolume: (plan, context) => {
        made.push(plan.boxId);
        return cloud.createVolume(plan, context);
      },
    }));
    await expect(tryLiveBox({ ...live, mostCost: 0.001 })).rejects.toThrow(/may cost .*the limit is 0\.001/);
    expect(made).toEqual([]);
  });
});
