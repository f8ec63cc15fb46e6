// A whole house over one cloud of tests; nothing may be left at the vendor, or have been asked of it wrongly, in the end.
import { generateHostKey } from '../../src/bots/ssh/host-keys.ts';
import { type CloudSettings, type CloudUnderTest, cloudProviderFor } from '../contracts/cloud-subject.ts';
import type { Machines } from '../fakes/cloud/machines.ts';
import { eventually } from '../support/eventually.ts';
import { openTestHouse, type TestHouse } from '../support/house.ts';

const PRICES_MS = 60_000;

export async function withCloudHouse(
  under: CloudUnderTest<Machines>,
  use: (house: TestHouse) => Promise<void>,
  { answerMs, ...cloud }: Omit<CloudSettings, 'cloud'> & { answerMs?: number } = {},
): Promise<void> {
  const shells: { close(): void }[] = [];
  let house: TestHouse | undefined;
  try {
    house = await openTestHouse({
      timings: { watchMs: 300, leaseMs: 6000 },
      ...(answerMs === undefined ? {} : { answerMs }),
      settings: {
        installId: under.installId,
        newKeyPair: generateHostKey,
        admins: ['chat:team:boss'],
        providers: (_, key) => {
          const driver = cloudProviderFor(under, key, cloud);
          shells.push(driver.shells);
          return [driver.provider];
        },
      },
    });
    await use(house);
    under.assertClean();
  } finally {
    await house?.close();
    for (const one of shells) one.close();
    await under.close();
  }
}

/** Boxes cost money, so whose they are has to be able to pay, and prices have to be known. */
export async function admit(house: TestHouse, person: string): Promise<void> {
  await house.say(person, 'list');
  await house.say('boss', `admin tier chat:team:${person} pro`);
  await eventually(
    'prices',
    async () => (await house.sql("SELECT 1 FROM settings WHERE key LIKE 'prices:%'"))[0],
    PRICES_MS,
  );
}
