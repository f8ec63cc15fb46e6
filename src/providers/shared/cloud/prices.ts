// What boxes in a cloud cost, as providers tell it.
import type { Prices } from '../../../boxes/prices.ts';
import type { CallContext } from '../../provider.ts';
import type { Cloud } from './cloud.ts';

export async function pricesOf(cloud: Cloud, context: CallContext): Promise<Prices> {
  const [sizes, storage] = await Promise.all([cloud.sizes(context), cloud.storagePrice(context)]);
  return {
    currency: storage.currency,
    machines: sizes.map(({ cpus, memoryMiB, hourly, monthly, regions }) => ({
      cpus,
      memoryMiB,
      hourly,
      monthly,
      regions,
    })),
    homeGiBMonthly: storage.volumeGiBMonthly,
    stoppedMachine: storage.stoppedCosts === 'as running' ? 'paid' : 'free',
  };
}
