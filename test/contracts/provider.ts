// What every provider promises, as a suite that each driver's test calls.
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { provesAborting } from './provider-aborting.ts';
import { provesExec } from './provider-exec.ts';
import { provesHomes } from './provider-homes.ts';
import { provesInstances } from './provider-instances.ts';
import { provesLists } from './provider-lists.ts';
import { provesObserving } from './provider-observing.ts';
import { provesPlaces } from './provider-places.ts';
import { provesSnapshots } from './provider-snapshots.ts';
import { type Boxes, type ContractSubject, trackBoxes } from './provider-subject.ts';
import { provesUpkeep } from './provider-upkeep.ts';

/** Runs the suite on what `setup` makes, once for all tests. Every test makes its own boxes and removes them. */
export function providerContract(title: string, setup: () => Promise<ContractSubject>): void {
  describe(`${title} keeps the provider contract`, { timeout: 120_000 }, () => {
    let made: Boxes | undefined;
    const boxes = () => {
      if (made === undefined) throw new Error('The subject of the contract suite was never set up.');
      return made;
    };

    beforeAll(async () => {
      made = trackBoxes(await setup());
      await made.provider.prepare(made.context());
    });
    afterEach(async () => await made?.takeAway());
    afterAll(async () => await made?.subject.cleanup());

    provesUpkeep(boxes);
    provesInstances(boxes);
    provesHomes(boxes);
    provesSnapshots(boxes);
    provesPlaces(boxes);
    provesLists(boxes);
    provesObserving(boxes);
    provesExec(boxes);
    provesAborting(boxes);
  });
}
