// A box in a cloud through a door: its price, its phases in the thread, its log-in, its figures, its snapshot, and nothing left in the end.
import { expect, test } from 'vitest';
import { testInstallId } from '../contracts/provider-spec.ts';
import { digitalOceanUnderTest } from '../providers/digitalocean/under-test.ts';
import { ovhUnderTest } from '../providers/ovh/under-test.ts';
import { eventually } from '../support/eventually.ts';
import { admit, withCloudHouse } from './cloud-house.ts';

const CLOUDS = { DigitalOcean: digitalOceanUnderTest, OVH: ovhUnderTest };
const ALL = ['keep', 'release'] as const;

for (const [title, underTest] of Object.entries(CLOUDS))
  for (const whenStopped of ALL)
    test(`a box at ${title}, whose machine a stop will ${whenStopped}, from its price to its end`, {
      timeout: 180_000,
    }, async () => {
      const under = await underTest(whenStopped, testInstallId());
      await withCloudHouse(under, async (house) => {
        const say = (line: string) => house.say('ana', line);
        await admit(house, 'ana');

        const asked = await say('spinup mybox --size small');
        expect(asked).toMatch(/It costs [$€]\d.* an hour, at most [$€]\d.* a month; stopped: [$€]\d/);
        expect(under.machines(under.installId)).toEqual([]);
        const [code = ''] = /confirm \d{6}/.exec(asked) ?? [];
        const { thread, answer } = await house.ask('ana', code);
        expect(await answer).toMatch(/^mybox is ready/);
        expect(await answer).toContain('SHA256:');
        const steps = house.chat
          .messages(thread)
          .map(({ text }) => text)
          .join('\n');
        for (const step of ['home volume, 10 GiB', 'box started', 'SSH answers, host key checked', 'tools set up'])
          expect(steps, step).toContain(step);
        expect(under.machines(under.installId)).toHaveLength(1);

        await eventually('figures', async () => (await say('info mybox')).includes('1.0 GiB of 4.0 GiB'));
        expect(await say('exec mybox -- echo hello')).toContain('hello');
        const [box] = await house.sql<{ id: string }>('SELECT id FROM boxes');
        const home = under.homeOf({
          installId: under.installId,
          boxId: box?.id ?? '',
          incarnation: 1,
          instanceName: '',
        });
        if (home !== undefined) home.disk.text = 'a letter';

        expect(await say('stop mybox')).toContain('mybox is stopped');
        expect(await say('start mybox')).toContain('mybox is running');
        expect(await say('exec mybox -- echo again')).toContain('again');
        expect(await say('snapshot create mybox before')).toContain('Snapshot before of mybox is kept');
        expect(await say('spinup other --from before --yes')).toContain('other is ready');
        const [other] = await house.sql<{ id: string }>("SELECT id FROM boxes WHERE name = 'other'");
        const copy = under.homeOf({
          installId: under.installId,
          boxId: other?.id ?? '',
          incarnation: 1,
          instanceName: '',
        });
        expect(copy?.disk.text).toBe('a letter');

        expect(await say('destroy mybox --yes')).toContain('mybox is destroyed');
        expect(await say('snapshot delete before --yes')).toContain('deleted');
        expect(await say('destroy other --yes')).toContain('other is destroyed');
        await eventually('nothing at the vendor', async () => under.leftovers().length === 0);
      });
    });
