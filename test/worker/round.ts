// One round of the reconciler, when a test wants it.
import { createConfigurer } from '../../src/worker/configure.ts';
import { lookOver, type ReconcilerOptions, reconcile } from '../../src/worker/reconcile.ts';
import type { TestHouse } from '../support/house.ts';

export async function lookRound(house: TestHouse, options: Partial<ReconcilerOptions> = {}): Promise<void> {
  const { db, wakes, providers, secrets, installId, gatewayKey, logger, now } = house.services;
  const source = { installId, secrets, gatewayPublicKey: gatewayKey.publicKey };
  const configurer = createConfigurer({ db, providers, source, holder: 'test', logger });
  const timings = { orphanGraceMs: 0, retryErrorMs: 0 };
  const reconciler = { db, wakes, providers, source, now, logger, ...timings, ...options };
  await reconcile(reconciler);
  await configurer.catchUp(options.signal);
  for (const provider of reconciler.providers.values()) await lookOver(reconciler, provider);
}
