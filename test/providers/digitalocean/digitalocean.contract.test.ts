// DigitalOcean keeps the provider contract, against a server that holds every request and reply against the vendor's document.
import { cloudSubject } from '../../contracts/cloud-subject.ts';
import { providerContract } from '../../contracts/provider.ts';
import { digitalOceanUnderTest } from './under-test.ts';

for (const whenStopped of ['keep', 'release'] as const)
  providerContract(`DigitalOcean, stopped machines: ${whenStopped}`, async () =>
    cloudSubject(await digitalOceanUnderTest(whenStopped), { putsAway: whenStopped === 'release' }),
  );
