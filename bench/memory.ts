// How much memory the service's own process holds some time after its start.
import { setTimeout as delay } from 'node:timers/promises';
import { atMost, type Figure } from './figures.ts';
import type { PrivateService } from './private-service.ts';

const LIMIT_MIB = 200;

/** `service` has just started, with everything and the Docker provider. */
export async function benchMemory(service: PrivateService, afterMs: number): Promise<Figure> {
  await delay(afterMs);
  return atMost(
    `memory of the service, ${afterMs / 1000} s after its start`,
    await service.process.residentMiB(),
    LIMIT_MIB,
    'MiB',
  );
}
