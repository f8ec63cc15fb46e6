// The SSH door as it is; whoever measures learns when the row of an arrival is committed.
import type { SshDoor } from '../src/bots/ssh/ssh.ts';
import type { Arrival } from '../src/threads/arrival.ts';

/** `written` is told at once, with the moment by the wall clock in milliseconds with fractions. */
export function watchDoor(door: SshDoor, written: (arrival: Arrival, at: number) => void): SshDoor {
  return {
    ...door,
    open: (intake) =>
      door.open({
        work: intake.work,
        async accept(arrival) {
          const accepted = await intake.accept(arrival);
          written(arrival, performance.timeOrigin + performance.now());
          return accepted;
        },
      }),
  };
}
