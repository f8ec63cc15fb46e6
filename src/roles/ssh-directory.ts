// The SSH door's directory, answered from the database.
import type { Directory, GatewayBox, KeyView, WakeResult } from '../bots/ssh/directory.ts';
import { describeWhen } from '../boxes/text.ts';
import { clear, noteIn, nothing, wakeAll } from '../commands/aftermath.ts';
import { hold } from '../commands/box-jobs.ts';
import { type House, titleOf } from '../commands/context.ts';
import { ReadAgain, Refusal } from '../commands/refusal.ts';
import { requestStart } from '../commands/start.ts';
import type { Changes } from '../queue/changes.ts';
import type { Wakes } from '../queue/wakes.ts';
import { accountById, accountOf } from '../store/accounts.ts';
import { audit } from '../store/audit.ts';
import { type Box, boxById, boxesOpenedBy, liveBoxes, noteUsed } from '../store/boxes.ts';
import { openCircuits } from '../store/circuits.ts';
import type { Database } from '../store/database.ts';
import { failureIdFor } from '../store/failures.ts';
import { jobById } from '../store/jobs.ts';
import { keptMessages, noteShown } from '../store/kept-messages.ts';
import { stepsOf } from '../store/steps.ts';
import { failureLine, withFailure } from '../threads/failure.ts';
import { command, fail, type Reply, replyOf } from '../threads/reply.ts';

export interface StoreDirectoryOptions {
  db: Database;
  house: House;
  wakes: Wakes;
  /** Resolves early when something about the id changed. */
  changes: Changes;
  /** A reply as plain text, as this door shows it. */
  render: (reply: Reply) => string;
  now: () => Date;
}

const POLL_MS = 1000;
const MOST_KEPT = 20;
const MOST_READS = 5;

export function createStoreDirectory(options: StoreDirectoryOptions): Directory {
  const { db, wakes } = options;

  async function lookUp(fingerprint: string): Promise<KeyView> {
    const account = await accountOf(db.tx, { door: 'ssh', tenant: '', subject: fingerprint });
    if (account !== undefined) {
      // Anybody may list anybody's public key. Whoever has an account finds their own boxes by name and no others, or a stranger
      // could put a box in the way of what they type.
      const mine = (await liveBoxes(db.tx, account.id)).map((box) => toGatewayBox(box));
      return { account: { id: account.id, name: account.name, timeZone: account.timeZone }, boxes: mine };
    }
    const listed = await boxesOpenedBy(db.tx, fingerprint);
    return { account: undefined, boxes: listed.map(({ owner, ...box }) => toGatewayBox(box, owner)) };
  }

  async function requested(boxId: string): Promise<string | undefined> {
    const after = nothing();
    const note = noteIn(after);
    const id = await db.transaction(async (tx) => {
      clear(after);
      const held = await hold(tx, boxId, note);
      if (held === undefined) return undefined;
      if (held.box.state === 'running' && held.job === undefined) return 'running';
      const owner = await accountById(tx, held.box.accountId);
      if (owner?.suspendedAt !== undefined) {
        throw new Refusal(fail(`The account of ${held.box.name} is suspended. The box is kept. Ask an operator.`));
      }
      const silent = (await openCircuits(tx)).find(({ provider }) => provider === held.box.provider);
      if (silent !== undefined) throw new Refusal(notNow(held.box, silent.since, owner?.timeZone));
      const made = await requestStart(tx, held, options.house, 'connection', note);
      await audit(tx, { actor: held.box.accountId, action: 'box.woken', target: { box: boxId, job: made } });
      return made;
    });
    await wakeAll(after, wakes);
    return id;
  }

  /** Somebody sits before a connection and waits: they are told at once. */
  function notNow(box: Box, since: Date, timeZone: string | undefined): Reply {
    const { house, now } = options;
    const when = describeWhen(since, now(), timeZone ?? house.defaultTimeZone);
    return fail(
      `${box.name} cannot be started now: ${titleOf(house, box)} has not answered since ${when}. Connect again later, or have it started as soon as that is possible:`,
      command(`start ${box.name}`),
    );
  }

  async function requestedAgain(boxId: string): Promise<string | undefined> {
    for (let read = 1; ; read++) {
      try {
        return await requested(boxId);
      } catch (error) {
        if (!(error instanceof ReadAgain) || read === MOST_READS) throw error;
      }
    }
  }

  const wake: Directory['wake'] = async (boxId, _fingerprint, onLine, signal) => {
    try {
      const jobId = await requestedAgain(boxId);
      if (jobId === undefined) return { kind: 'refused', text: 'That box is gone.' };
      return jobId === 'running' ? await running(boxId) : await follow(jobId, boxId, onLine, signal);
    } catch (error) {
      if (error instanceof Refusal) return { kind: 'refused', text: options.render(error.reply) };
      throw error;
    }
  };

  async function follow(
    jobId: string,
    boxId: string,
    onLine: Parameters<Directory['wake']>[2],
    signal: AbortSignal,
  ): Promise<WakeResult> {
    const told = new Set<string>();
    for (;;) {
      signal.throwIfAborted();
      const job = await jobById(db.tx, jobId);
      for (const step of await stepsOf(db.tx, jobId)) {
        if (step.state === 'working' || told.has(step.name)) continue;
        told.add(step.name);
        onLine(step);
      }
      if (job === undefined || job.state === 'failed' || job.state === 'dead') {
        const failure = await failureIdFor(db.tx, jobId);
        const cause = job?.errorText ?? 'It could not be started.';
        return { kind: 'refused', text: failure === undefined ? cause : `${cause}\n${failureLine(failure)}` };
      }
      if (job.state === 'cancelled' || job.state === 'cancelling')
        return { kind: 'refused', text: 'The start was cancelled, because destroy was asked.' };
      if (job.state === 'succeeded') return running(boxId);
      await options.changes.next([jobId, boxId], AbortSignal.any([signal, AbortSignal.timeout(POLL_MS)]));
    }
  }

  async function running(boxId: string): Promise<WakeResult> {
    const box = await boxById(db.tx, boxId);
    return box?.state === 'running'
      ? { kind: 'running', box: toGatewayBox(box) }
      : { kind: 'refused', text: 'The box stopped again.' };
  }

  return {
    lookUp,
    wake,
    async box(boxId) {
      const box = await boxById(db.tx, boxId);
      return box === undefined || box.state === 'destroyed' ? undefined : toGatewayBox(box);
    },
    async opened(boxId, fingerprint) {
      await audit(db.tx, { actor: `ssh:${fingerprint}`, action: 'box.opened', target: { box: boxId } });
    },
    used: (boxId, at) => noteUsed(db.tx, boxId, at),
    async undelivered(accountId) {
      const rows = await keptMessages(db.tx, accountId, MOST_KEPT);
      return rows.map(({ id, body, failure }) => {
        const reply = replyOf(body);
        return { id, text: options.render(failure === null ? reply : withFailure(reply, failure)) };
      });
    },
    noteShown: (messageIds) => noteShown(db.tx, messageIds),
  };
}

function toGatewayBox(box: Box, owner?: string): GatewayBox {
  const { id, name, accountId, state, stateSince, hostPublicKey, endpointHost, endpointPort } = box;
  const endpoint =
    endpointHost === null || endpointPort === null ? undefined : { host: endpointHost, port: endpointPort };
  // Whose start was asked for already is only waited for.
  const startComes = box.desired === 'running';
  const sleptAt = startComes ? undefined : (box.sleptAt ?? undefined);
  const wakes = startComes || box.wakes;
  return { id, name, accountId, owner, state, stateSince, sleptAt, wakes, hostPublicKey, endpoint };
}
