// Who gives way when there are too many whom nobody knows.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCrowd } from '../../../src/bots/ssh/crowd.ts';

test('whoever has been there longest of the network that has most gives way, whatever came and went before', () => {
  const change = fc.record({ member: fc.nat(30), network: fc.constantFrom('a', 'b', 'c'), leaves: fc.boolean() });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
      const crowd = createCrowd<number>();
      let here: { member: number; network: string }[] = [];
      for (const { member, network, leaves } of changes) {
        if (leaves) {
          crowd.leave(member);
          here = here.filter((one) => one.member !== member);
        } else if (!crowd.has(member)) {
          crowd.enter(member, network);
          here.push({ member, network });
        }
        const of = (name: string) => here.filter((one) => one.network === name);
        for (const name of ['a', 'b', 'c']) {
          expect(crowd.of(name)).toBe(of(name).length);
          expect(crowd.longestOf(name)).toBe(of(name)[0]?.member);
        }
        expect(crowd.size).toBe(here.length);
        const most = Math.max(...['a', 'b', 'c'].map((name) => of(name).length));
        const largest = crowd.longestOfLargest();
        if (most === 0) expect(largest).toBeUndefined();
        else
          expect(['a', 'b', 'c'].some((name) => of(name).length === most && of(name)[0]?.member === largest)).toBe(
            true,
          );
      }
    }),
  );
});
