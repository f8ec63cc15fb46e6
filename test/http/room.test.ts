// Room for bodies that are on their way.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRoom } from '../../src/http/room.ts';

const steps = fc.array(
  fc.record({ address: fc.constantFrom('a', 'b', 'c'), bytes: fc.integer({ min: 1, max: 60 }), leave: fc.nat(3) }),
  { maxLength: 60 },
);

test('there is never more in it than there is room for, nor more than half from one address, and all of it comes back', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const room = createRoom(100);
      const inside: { address: string; bytes: number; leave: () => void }[] = [];
      for (const { address, bytes, leave } of all) {
        const left = room.take(address, bytes);
        if (left !== undefined) inside.push({ address, bytes, leave: left });
        const sum = (of: typeof inside) => of.reduce((total, one) => total + one.bytes, 0);
        expect(sum(inside)).toBeLessThanOrEqual(100);
        expect(sum(inside.filter((one) => one.address === address))).toBeLessThanOrEqual(50);
        for (const one of inside.splice(0, leave)) {
          one.leave();
          one.leave();
        }
      }
      for (const one of inside.splice(0)) one.leave();
      expect([room.take('a', 50), room.take('b', 50), room.take('c', 1)].map((left) => left !== undefined)).toEqual([
        true,
        true,
        false,
      ]);
    }),
  );
});
