// Room that strangers share.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRoom, type Guest } from '../src/room.ts';

interface One {
  network: string;
  held: number;
  guest: Guest;
  isExpelled: boolean;
}

function enter(room: ReturnType<typeof createRoom>, network: string): One {
  const one: One = {
    network,
    held: 0,
    isExpelled: false,
    guest: room.enter(network, () => {
      one.isExpelled = true;
    }),
  };
  return one;
}

const sum = (of: readonly One[]): number => of.reduce((total, { held }) => total + held, 0);
const steps = fc.array(
  fc.record({ network: fc.constantFrom('a', 'b', 'c'), amount: fc.integer({ min: 1, max: 60 }), again: fc.nat(9) }),
  { maxLength: 60 },
);

test('there is never more in it than there is room for, nobody goes who holds less than who stays out, and all of it comes back', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const room = createRoom(100);
      let inside: One[] = [];
      for (const { network, amount, again } of all) {
        const one = inside[again] ?? enter(room, network);
        const before = [...inside];
        const took = one.guest.take(amount);
        if (took) one.held += amount;
        const gone = before.filter(({ isExpelled }) => isExpelled);
        const ofOne = sum(before.filter((other) => other.network === one.network && other !== one)) + one.held;
        for (const { network: other } of gone)
          if (other !== one.network)
            expect(sum(before.filter((each) => each.network === other))).toBeGreaterThanOrEqual(ofOne - sum(gone));
        if (!took) one.guest.leave();
        inside = [...before.filter((other) => other !== one), ...(took ? [one] : [])].filter(
          (each) => !each.isExpelled,
        );
        expect(sum(inside)).toBeLessThanOrEqual(100);
      }
      for (const { guest } of inside) {
        guest.leave();
        guest.leave();
      }
      const last = enter(room, 'd');
      expect([last.guest.take(100), last.guest.take(1)]).toEqual([true, false]);
    }),
  );
});

test('whoever takes little has room, whatever others hold: of the network that holds most the largest goes, and of those the oldest', () => {
  const room = createRoom(10);
  const [first, second, third] = ['a', 'a', 'a'].map((network) => enter(room, network));
  const other = enter(room, 'b');
  for (const one of [first, second, third]) expect(one?.guest.take(2)).toBe(true);
  expect(other.guest.take(4)).toBe(true);
  expect(enter(room, 'c').guest.take(1)).toBe(true);
  expect([first, second, third, other].map((one) => one?.isExpelled)).toEqual([true, false, false, false]);
  expect(other.guest.take(3)).toBe(false);
});

test('what is in use stays, and counts', () => {
  const room = createRoom(10);
  const used = enter(room, 'a');
  used.guest.take(8);
  used.guest.stay();
  expect([enter(room, 'b').guest.take(3), enter(room, 'b').guest.take(2), used.isExpelled]).toEqual([
    false,
    true,
    false,
  ]);
});
