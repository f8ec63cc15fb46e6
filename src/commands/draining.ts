// What people are told while an operator lets no box come up.
import type { Tx } from '../store/database.ts';
import { isDraining } from '../store/drain.ts';
import { fail } from '../threads/reply.ts';
import { Refusal } from './refusal.ts';

/** @throws Refusal while the house is drained. `what` was not done, such as `mybox was not started`. */
export async function refuseWhileDraining(tx: Tx, what: string): Promise<void> {
  if (!(await isDraining(tx))) return;
  throw new Refusal(
    fail(`${what}: an operator lets no box come up for now. Running boxes go on. Try again later, or ask an operator.`),
  );
}
