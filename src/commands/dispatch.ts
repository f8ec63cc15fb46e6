// From an arrival to recorded commands and replies: one transaction a command, so that it is done once or not at all.
import { type Logger, logAs } from '../log.ts';
import type { Meters } from '../meters.ts';
import type { Wakes } from '../queue/wakes.ts';
import type { KeyPair } from '../secret.ts';
import { accountsOf } from '../store/accounts.ts';
import type { NewCommand } from '../store/answers.ts';
import type { Database, Tx } from '../store/database.ts';
import { abandonedDeliveries, type Delivery, finishDelivery, linesOf, lockDelivery } from '../store/deliveries.ts';
import { newId } from '../store/ids.ts';
import type { SecretBox } from '../store/secretbox.ts';
import { atOnce, sideBySide } from '../store/together.ts';
import type { DoorTraits, Intake } from '../threads/arrival.ts';
import { admitSpeaker, type SignUp } from './admit.ts';
import { type Aftermath, clear, nothing, wakeAll } from './aftermath.ts';
import { createAnswerer } from './answer-at-once.ts';
import { createArrivals, type Fresh } from './arrivals.ts';
import { createAskers } from './askers.ts';
import type { Command, CommandResult } from './command.ts';
import type { House } from './context.ts';
import { contextOf } from './context-of.ts';
import { decide } from './decide.ts';
import { createEntry } from './entry.ts';
import { refusedWhole } from './faults.ts';
import { namedBox } from './fill-in.ts';
import { forgetCodes } from './forget-codes.ts';
import { type Parsed, parse } from './parse.ts';
import { type Fetched, PrepareFirst, prepare } from './prepare.ts';
import { recordResult, takenAs } from './record.ts';
import { ReadAgain, Refusal } from './refusal.ts';
import { answerTo, type Undone } from './undone.ts';

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
  newHostKey: () => KeyPair;
  /** Where people's public keys are looked up. */
  githubUrl: string;
  now: () => Date;
  random: () => number;
  meters: Meters;
  logger: Logger;
}

export interface Dispatcher extends Intake {
  /** Takes over deliveries whose process died, one after the other until the signal aborts. */
  adopt(olderThanMs: number, signal: AbortSignal): Promise<void>;
}

/** How often a command whose ground moved is run again before it is given up. */
const MOST_READS = 5;
/** How often a command that fails in a way nobody foresaw is run, in all. */
const MOST_RUNS = 2;
/** After so many lines that were not understood the rest of a delivery that is answered as a whole is taken for something else. */
const MOST_LOST = 3;
const ADOPT_AT_ONCE = 100;
/** Both together fewer than the pool has connections: what arrives has to be written down at once, whatever is being worked on. */
const TRANSACTIONS_AT_ONCE = 5;
/** One person's transactions wait for each other in the database; all places would be theirs meanwhile. */
const MOST_OF_ONE = 2;
/** A flood of them would otherwise stand in the pool before everything that others want. */
const READS_AT_ONCE = 8;
/** From elsewhere, for commands that need it: its servers are not to be flooded for one person's sake. */
const FETCHES_AT_ONCE = 8;
/** So that one delivery that takes long does not hold up those of others. */
const ADOPTIONS_AT_ONCE = 4;
/** Many that arrive at the same moment are all acknowledged before the first of them is worked on. */
const LONGEST_WAIT_FOR_ARRIVALS_MS = 50;

/** One try at the next command; what was `undone` is not run again, only answered. */
interface Turn {
  after: Aftermath;
  fetched: Fetched | undefined;
  undone: Undone | undefined;
}

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { db, logger, wakes } = options;

  const inTurn = atOnce(TRANSACTIONS_AT_ONCE, MOST_OF_ONE);
  const reading = atOnce(READS_AT_ONCE, READS_AT_ONCE / 2);
  const askers = createAskers((speakers) => accountsOf(db.tx, speakers));
  const nowMs = (): number => performance.now();
  const entry = createEntry({ atOnce: TRANSACTIONS_AT_ONCE, mostEach: MOST_OF_ONE, nowMs });
  const arrivals = createArrivals({ ...options, askers, entry, nowMs });
  const fetching = atOnce(FETCHES_AT_ONCE);
  const answerAtOnce = createAnswerer({
    db,
    logger,
    house: options.house,
    commands: options.commands,
    learn: askers.learn,
    contextFor: (delivery, account, commandId) =>
      contextOf(options, { tx: db.tx, delivery, account, commandId, after: nothing() }),
  });

  function work(delivery: string): Promise<void> {
    const fresh = arrivals.take(delivery);
    const door = fresh?.delivery.door;
    return logAs({ delivery, ...(door === undefined ? {} : { door }) }, () =>
      fresh === undefined ? workAs('', delivery) : workOn(fresh),
    );
  }

  async function workOn({ delivery, done }: Fresh): Promise<void> {
    const answering = (): Promise<boolean> => answeredAtOnce(delivery);
    try {
      const asker = await askers.find(delivery.speaker);
      // Nobody waits in a line to hear that it is too long.
      // What has to go the ordinary way takes no time here, and is timed there.
      const read = (): Promise<boolean> => entry.timed(answering, (answered) => answered);
      if (await (delivery.refusal === null ? reading(asker, read) : answering()))
        return options.deliver([delivery.thread.lane]);
      await workAs(asker, delivery.id);
    } finally {
      done();
    }
  }

  async function workAs(asker: string, delivery: string): Promise<void> {
    await arrivals.over(LONGEST_WAIT_FOR_ARRIVALS_MS);
    let fetched: Fetched | undefined;
    for (let more = true; more; ) {
      const after = nothing();
      const next = await inTurn(asker, () => entry.timed(() => nextCommand(delivery, after, fetched)));
      fetched =
        next instanceof PrepareFirst ? await fetching(asker, () => prepare(next, options.githubUrl)) : undefined;
      more = next !== false;
      for (const command of after.taken) logger.info(command, 'A command was taken');
      options.deliver([...after.lanes]);
      await wakeAll(after, wakes);
    }
  }

  /** What goes wrong on the short way is met again, and explained, on the ordinary one. */
  async function answeredAtOnce(delivery: Delivery): Promise<boolean> {
    return answerAtOnce(delivery).catch((error: unknown) => {
      logger.warn({ error }, 'A command could not be answered at once; it is run in a transaction');
      return false;
    });
  }

  /** Runs the delivery's next command; false when there is none left, or another process has it. PrepareFirst: nothing was done yet. */
  async function nextCommand(
    delivery: string,
    after: Aftermath,
    fetched: Fetched | undefined,
  ): Promise<boolean | PrepareFirst> {
    let tried: number | undefined;
    const attempt = (undone?: Undone): Promise<boolean> =>
      db.transaction(async (tx) => {
        const found = await lockDelivery(tx, delivery);
        if (found === undefined) return false;
        // Another process answered the line that was undone here; the answer is not for the next one.
        if (undone !== undefined && found.handled !== tried) return true;
        tried = found.handled;
        return handle(tx, found, { after, fetched, undone });
      });
    let runs = 0;
    for (let reads = 1; ; reads++) {
      try {
        return await attempt();
      } catch (error) {
        clear(after);
        if (error instanceof PrepareFirst) return error;
        if (error instanceof ReadAgain && reads < MOST_READS) continue;
        if (error instanceof Refusal) return attempt({ kind: 'refused', reply: error.reply });
        runs += 1;
        if (runs === MOST_RUNS) return attempt({ kind: 'failed', error });
        // Mostly the database went away for a moment, and nobody should be refused for that. While it is away this rejects, and the
        // delivery is adopted later.
        logger.warn({ error }, 'A command failed in a way nobody foresaw; it is run again');
        await db.ping();
      }
    }
  }

  /** Who writes a whole mail in which nothing is a command has not found out how it is done. */
  const parseLine = (line: string, whole: boolean): Parsed =>
    parse(whole && line === '' ? 'help' : line, options.commands);

  /** One line of the delivery. What was refused is only answered: the transaction that ran it was undone. */
  async function handle(tx: Tx, delivery: Delivery, turn: Turn): Promise<boolean> {
    const { after, undone } = turn;
    const lines = linesOf(delivery.text);
    const line = lines[delivery.handled] ?? (delivery.handled === 0 ? '' : undefined);
    if (line === undefined) {
      await finishDelivery(tx, delivery.id);
      return false;
    }
    const tooMuch = refusedWhole(delivery.refusal, lines.length);
    const parsed = tooMuch ?? parseLine(line, delivery.whole);
    const lost = delivery.lost + (parsed.kind === 'command' ? 0 : 1);
    const last = tooMuch !== undefined || delivery.handled + 1 >= lines.length || (delivery.whole && lost >= MOST_LOST);
    const kept = await forgetCodes(tx, delivery, line, parsed);
    const command = parsed.kind === 'command' ? parsed.command : undefined;
    const admitted = await admitSpeaker(tx, delivery.speaker, command, options.signUp, options.house);
    if (admitted.account !== undefined) askers.learn(delivery.speaker, admitted.account.id);
    const record: NewCommand = {
      id: newId(),
      deliveryId: delivery.id,
      ordinal: delivery.handled,
      accountId: admitted.account?.id,
      verb: command?.name ?? '',
      threadId: delivery.thread.id,
      visibility: command?.visibility ?? ('private' as const),
    };
    const context = contextOf(options, { tx, delivery, account: admitted.account, commandId: record.id, after });
    const result: CommandResult =
      undone === undefined
        ? await decide(context, delivery, { parsed, refusal: admitted.refusal, fetched: turn.fetched })
        : { kind: 'reply', reply: await answerTo(tx, undone, record, logger) };
    const isNaming = delivery.whole && result.kind === 'reply' && parsed.kind === 'command';
    const boxId = isNaming ? await namedBox(context, parsed.command, parsed.args) : undefined;
    const isLight = options.traits(delivery.door).lights;
    const lane = await recordResult(tx, {
      delivery,
      line: kept,
      record: { ...record, ...(boxId === undefined ? {} : { boxId }) },
      result,
      greeting: admitted.greeting,
      last,
      isLight,
    });
    if (lane !== undefined) after.lanes.add(lane);
    after.taken.add(takenAs(record, delivery, result));
    return !last;
  }

  return {
    accept: arrivals.accept,
    work,
    async adopt(olderThanMs, signal) {
      await sideBySide(
        await abandonedDeliveries(db.tx, olderThanMs, ADOPT_AT_ONCE),
        ADOPTIONS_AT_ONCE,
        async (delivery) => {
          if (!signal.aborted) await workAs(await askers.find(delivery.speaker), delivery.id);
        },
      );
    },
  };
}
