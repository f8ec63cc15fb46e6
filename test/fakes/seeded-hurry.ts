// Quick use of the seeded cloud in its own tests: no real waiting, and retries as a worker makes them.
import { setImmediate } from 'node:timers/promises';
import { type BoxSpec, type Provider, ProviderError, type ProviderErrorCode } from '../../src/providers/provider.ts';
import { makeBoxSpec, makeHostKey } from '../contracts/provider-spec.ts';
import type { Faults } from './seeded-faults.ts';
import { createSeededCloud, type SeededCloud } from './seeded-provider.ts';

export const INSTALL = 'tseeded1';
const hostKey = makeHostKey();
/** Never aborted. */
export const context = { signal: new AbortController().signal };
const RETRIED: readonly ProviderErrorCode[] = ['unavailable', 'timeout', 'rate_limited'];

/** A cloud whose waits take no time, but still let other calls go first. */
function hurriedCloud(seed: number, faults: Faults): SeededCloud {
  return createSeededCloud({ seed, faults, sleep: async () => void (await setImmediate()) });
}

export function boxCalled(boxName: string, sshPort?: number): BoxSpec {
  return makeBoxSpec({ installId: INSTALL, boxName, hostKey, sshPort });
}

/** As a worker does it: what may be retried is retried; the rest is the outcome. */
export async function settle(call: () => Promise<unknown>): Promise<ProviderErrorCode | 'done'> {
  for (let tries = 0; tries < 12; tries++) {
    try {
      await call();
      return 'done';
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      if (!RETRIED.includes(error.code)) return error.code;
    }
  }
  throw new Error('There was no answer after 12 tries.');
}

export async function readyCloud(faults: Faults, seed = 1): Promise<{ cloud: SeededCloud; provider: Provider }> {
  const cloud = hurriedCloud(seed, 'none');
  const provider = cloud.provider();
  await provider.prepare(context);
  cloud.setFaults(faults);
  return { cloud, provider };
}
