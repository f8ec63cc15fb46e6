// What people are told while the house is in quarantine.
import type { Tx } from '../store/database.ts';
import { quarantineOf } from '../store/quarantine.ts';
import { fail } from '../threads/reply.ts';
import { Refusal } from './refusal.ts';

/** @throws Refusal in quarantine. `what` was not done, such as `mybox was not started`. */
export async function refuseInQuarantine(tx: Tx, what: string): Promise<void> {
  if ((await quarantineOf(tx)) === undefined) return;
  throw new Refusal(
    fail(
      `${what}: the records of this installation are older than its boxes, and an operator looks at them first. Running boxes go on. Try again later.`,
    ),
  );
}
