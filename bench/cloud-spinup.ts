// What a spinup in a cloud costs beyond the vendor's own calls, with machines that boot in a moment.
import { createDigitalOcean } from '../src/providers/digitalocean/digitalocean.ts';
import { secret } from '../src/secret.ts';
import { cloudProviderFor } from '../test/contracts/cloud-subject.ts';
import { makeBoxSpec, makeHostKey } from '../test/contracts/provider-spec.ts';
import { FAKE_TOKEN } from '../test/fakes/cloud/digitalocean.ts';
import { digitalOceanUnderTest } from '../test/providers/digitalocean/under-test.ts';
import { atMost, type Figure, percentile, rounded } from './figures.ts';

const MOST_MORE_MS = 300;
const CALL_MS = 60_000;

/** The floor is the time in which at least one call to the vendor was under way, in the same spinup. */
export async function benchCloudSpinup(boxes: number): Promise<Figure> {
  const under = await digitalOceanUnderTest('keep');
  const key = makeHostKey();
  const calls = watchedFetch();
  const cloud = createDigitalOcean({
    installId: under.installId,
    token: secret(FAKE_TOKEN),
    controlKey: key.publicKey,
    whenStopped: 'keep',
    apiUrl: under.fake.url,
    fetch: calls.fetch,
  });
  const { provider, shells } = cloudProviderFor(under, key, { cloud });
  const context = () => ({ signal: AbortSignal.timeout(CALL_MS) });
  const more: number[] = [];
  const floors: number[] = [];
  try {
    for (let count = 0; count < boxes; count++) {
      const box = makeBoxSpec({ installId: under.installId });
      const [began, calledBefore] = [performance.now(), calls.busyMs()];
      await provider.ensureHome(box, context());
      await provider.reach(box, await provider.create(box, context()), context());
      const floor = calls.busyMs() - calledBefore;
      floors.push(floor);
      more.push(performance.now() - began - floor);
    }
  } finally {
    shells.close();
    await under.close();
  }
  const name = `a spinup in a cloud, beyond the vendor's calls, p50 of ${boxes}`;
  const notes = [`the calls themselves ${rounded(percentile(floors, 0.5))} ms; worst ${rounded(Math.max(...more))} ms`];
  return atMost(name, percentile(more, 0.5), MOST_MORE_MS, 'ms', notes);
}

/** How long at least one call was under way. */
function watchedFetch(): { fetch: typeof fetch; busyMs(): number } {
  let underWay = 0;
  let sinceMs = 0;
  let busyMs = 0;
  return {
    async fetch(input, init) {
      if (underWay++ === 0) sinceMs = performance.now();
      try {
        return await fetch(input, init);
      } finally {
        if (--underWay === 0) busyMs += performance.now() - sinceMs;
      }
    },
    busyMs: () => busyMs,
  };
}
