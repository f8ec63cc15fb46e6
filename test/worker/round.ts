// One round of the reconciler, when a test wants it.
import { createConfigurer } from '../../src/worker/configure.ts';
import { type ReconcilerOptions, reconcile } from '../../src/worker/reconcile.ts';
import type { TestHouse } from '../support/house.ts';

export function lookRound(house: TestHouse, options: Partial<ReconcilerOptions> = {}): Promise<void> {
  const { db, wakes, providers, secrets, installId, gatewayKey, logger, now } = house.services;
  const source = { installId, secrets, gatewayPublicKey: gatewayKey.publicKey };
  const configurer = createConfigurer({ db, providers, source, holder: 'test', logger });
  const timings = { orphanGraceMs: 0, retryErrorMs: 0 };
  return reconcile({ db, wakes, providers, source, configurer, now, logger, ...timings, ...options });
}
