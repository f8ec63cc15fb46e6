// OVH keeps the provider contract, against a server that holds every request and reply against the vendor's document.
import { cloudSubject } from '../../contracts/cloud-subject.ts';
import { providerContract } from '../../contracts/provider.ts';
import { ovhUnderTest } from './under-test.ts';

for (const whenStopped of ['keep', 'release'] as const)
  providerContract(`OVH, stopped machines: ${whenStopped}`, async () => cloudSubject(await ovhUnderTest(whenStopped)));
