// Puts together what one command may use.
import type { Account } from '../accounts/account.ts';
import type { Tx } from '../store/database.ts';
import type { Delivery } from '../store/deliveries.ts';
import { type Aftermath, noteIn } from './aftermath.ts';
import type { CommandContext } from './context.ts';
import type { DispatcherOptions } from './dispatch.ts';

interface Asked {
  tx: Tx;
  delivery: Delivery;
  account: Account | undefined;
  commandId: string;
  /** Gets what is left to be done once the transaction has ended. */
  after: Aftermath;
}

export function contextOf(
  options: DispatcherOptions,
  { tx, delivery, account, commandId, after }: Asked,
): CommandContext {
  return {
    tx,
    commandId,
    account,
    speaker: delivery.speaker,
    thread: delivery.thread,
    door: options.traits(delivery.door),
    interactive: delivery.interactive,
    house: options.house,
    now: options.now(),
    random: options.random,
    secrets: options.secrets,
    newHostKey: options.newHostKey,
    wake: noteIn(after),
    configure: (boxId) => after.boxes.add(boxId),
  };
}
