// From an arrival to recorded commands and replies: one transaction a command, so that it is done once or not at all.
import type { Account } from '../accounts/account.ts';
import { messageForPeople } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Wakes } from '../queue/wakes.ts';
import type { Database, Tx } from '../store/database.ts';
import {
  abandonedDeliveries,
  type Delivery,
  finishDelivery,
  insertDeliveries,
  lockDelivery,
  recordAnswered,
  recordWaiting,
} from '../store/deliveries.ts';
import { newId } from '../store/ids.ts';
import { lightThread } from '../store/lights.ts';
import type { SecretBox } from '../store/secretbox.ts';
import { withSealedTicket } from '../store/tickets.ts';
import { atOnce, rush, together } from '../store/together.ts';
import type { Arrival, DoorTraits, Intake } from '../threads/arrival.ts';
import { fail, misuse, type Reply, command as typed } from '../threads/reply.ts';
import { type Admitted, admitSpeaker, type SignUp } from './admit.ts';
import { type Aftermath, clear, noteIn, nothing, wakeAll } from './aftermath.ts';
import { createAnswerer } from './answer-at-once.ts';
import type { Command, CommandResult } from './command.ts';
import type { CommandContext, House } from './context.ts';
import { fillInBox } from './fill-in.ts';
import { announce, withGreeting } from './greeting.ts';
import { type Parsed, parse } from './parse.ts';
import { ReadAgain, Refusal } from './refusal.ts';

export interface DispatcherOptions {
  db: Database;
  secrets: SecretBox;
  house: House;
  signUp: SignUp;
  commands: readonly Command[];
  traits: (door: string) => DoorTraits;
  wakes: Wakes;
  /** Delivers in this process what lies in these lanes, as far as they are its own; the others are to be told over Redis. */
  deliver: (lanes: readonly string[]) => void;
  newHostKey: () => { privateKey: string; publicKey: string };
  now: () => Date;
  random: () => number;
  logger: Logger;
}

export interface Dispatcher extends Intake {
  /** Takes over deliveries whose process died, one after the other until the signal aborts. */
  adopt(olderThanMs: number, signal: AbortSignal): Promise<void>;
}

/** How often a command whose ground moved is run again before it is given up. */
const MOST_READS = 5;
const ADOPT_AT_ONCE = 100;
/** Fewer than the pool has connections: what arrives has to be written down at once, whatever is being worked on. */
const TRANSACTIONS_AT_ONCE = 5;
/** Many that arrive at the same moment are all acknowledged before the first of them is worked on. */
const LONGEST_WAIT_FOR_ARRIVALS_MS = 50;
/** Arrivals in one statement. */
const WRITE_AT_ONCE = 100;

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { db, logger, wakes } = options;

  const arrivals = rush();
  const inTurn = atOnce(TRANSACTIONS_AT_ONCE);
  const write = together((arrived: readonly Arrival[]) => insertDeliveries(db.tx, arrived), WRITE_AT_ONCE);
  /** Written down and not worked on yet: what `work` need not read again. */
  const fresh = new Map<string, Delivery>();
  const answerAtOnce = createAnswerer({
    db,
    house: options.house,
    commands: options.commands,
    contextFor: (delivery, account, commandId) => contextFor(db.tx, delivery, account, commandId, nothing()),
  });

  async function accept(arrival: Arrival): Promise<{ delivery: string; duplicate: boolean }> {
    const written = withSealedTicket(arrival, options.secrets);
    const { delivery, duplicate, fresh: made } = await arrivals.during(() => write(written));
    if (made !== undefined) fresh.set(delivery, made);
    return { delivery, duplicate };
  }

  async function work(delivery: string): Promise<void> {
    const known = fresh.get(delivery);
    fresh.delete(delivery);
    if (known !== undefined && (await answeredAtOnce(known))) return options.deliver([known.thread.lane]);
    await arrivals.over(LONGEST_WAIT_FOR_ARRIVALS_MS);
    for (let more = true; more; ) {
      const after = nothing();
      more = await inTurn(() => nextCommand(delivery, after));
      options.deliver([...after.lanes]);
      await wakeAll(after, wakes);
    }
  }

  /** What goes wrong on the short way is met again, and explained, on the ordinary one. */
  async function answeredAtOnce(delivery: Delivery): Promise<boolean> {
    return answerAtOnce(delivery).catch((error: unknown) => {
      logger.warn(
        { delivery: delivery.id, error },
        'A command could not be answered at once; it is run in a transaction',
      );
      return false;
    });
  }

  /** Runs the delivery's next command; false when there is none left, or another process has it. */
  async function nextCommand(delivery: string, after: Aftermath): Promise<boolean> {
    let tried: number | undefined;
    const attempt = (refusal?: Reply): Promise<boolean> =>
      db.transaction(async (tx) => {
        const found = await lockDelivery(tx, delivery);
        if (found === undefined) return false;
        // Another process answered the line that was refused here; the refusal is not for the next one.
        if (refusal !== undefined && found.handled !== tried) return true;
        tried = found.handled;
        return handle(tx, found, after, refusal);
      });
    for (let reads = 1; ; reads++) {
      try {
        return await attempt();
      } catch (error) {
        clear(after);
        if (error instanceof ReadAgain && reads < MOST_READS) continue;
        return attempt(error instanceof Refusal ? error.reply : explain(error, delivery));
      }
    }
  }

  function explain(error: unknown, delivery: string): Reply {
    logger.error({ delivery, error }, 'A command failed in a way nobody foresaw');
    return fail(messageForPeople(error));
  }

  /** One line of the delivery. With `refusal` it is not run again, only answered: the transaction that ran it was undone. */
  async function handle(tx: Tx, delivery: Delivery, after: Aftermath, refusal: Reply | undefined): Promise<boolean> {
    const lines = delivery.text.split('\n').filter((line) => line.trim() !== '');
    const line = lines[delivery.handled] ?? (delivery.handled === 0 ? '' : undefined);
    if (line === undefined) {
      await finishDelivery(tx, delivery.id);
      return false;
    }
    const last = delivery.handled + 1 >= lines.length;
    const parsed = parse(line, options.commands);
    const command = parsed.kind === 'command' ? parsed.command : undefined;
    const admitted = await admitSpeaker(tx, delivery.speaker, command, options.signUp, options.house);
    const record = {
      id: newId(),
      deliveryId: delivery.id,
      ordinal: delivery.handled,
      accountId: admitted.account?.id,
      verb: command?.name ?? '',
      threadId: delivery.thread.id,
      visibility: command?.visibility ?? ('private' as const),
    };
    after.lanes.add(delivery.thread.lane);
    const result: CommandResult =
      refusal === undefined
        ? await decide(tx, delivery, parsed, admitted, record.id, after)
        : { kind: 'reply', reply: refusal };
    if (result.kind === 'reply') {
      const visibility = result.reply.outcome === 'done' ? record.visibility : 'private';
      await recordAnswered(tx, { ...record, visibility }, withGreeting(result.reply, admitted.greeting), last);
    } else {
      if (options.traits(delivery.door).lights)
        await lightThread(tx, { threadId: delivery.thread.id, boxId: result.boxId, owner: delivery.speaker.display });
      await announce(tx, record, [...admitted.greeting, ...(result.notes ?? [])]);
      await recordWaiting(tx, record, { jobId: result.jobId, boxId: result.boxId }, last);
    }
    return !last;
  }

  async function decide(
    tx: Tx,
    delivery: Delivery,
    parsed: Parsed,
    admitted: Admitted,
    commandId: string,
    after: Aftermath,
  ): Promise<CommandResult> {
    if (parsed.kind === 'usage') return { kind: 'reply', reply: parsed.reply };
    if (parsed.kind === 'empty') return { kind: 'reply', reply: misuse('Type a command. All of them:', typed('help')) };
    if (admitted.refusal !== undefined) return { kind: 'reply', reply: admitted.refusal };
    const context = contextFor(tx, delivery, admitted.account, commandId, after);
    const filled = await fillInBox(context, delivery.thread, parsed.command, parsed.args);
    // The grammar has checked every argument against the declaration that `run` is typed by.
    return filled.kind === 'reply' ? filled : parsed.command.run(context, filled.args as never);
  }

  function contextFor(
    tx: Tx,
    delivery: Delivery,
    account: Account | undefined,
    commandId: string,
    after: Aftermath,
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

  return {
    accept,
    work,
    async adopt(olderThanMs, signal) {
      for (const delivery of await abandonedDeliveries(db.tx, olderThanMs, ADOPT_AT_ONCE)) {
        if (signal.aborted) return;
        await work(delivery);
      }
    },
  };
}
