// Boxes of a cloud from inside: waited for until they let us in, brought up to date, and looked into.
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../../../log.ts';
import type { Observation } from '../../observed.ts';
import { type BoxSpec, type CallContext, type LiveBoxRef, ProviderError, type Setup } from '../../provider.ts';
import type { BoxAddress } from '../box-shells.ts';
import { greetingText } from '../box-system.ts';
import { type BoxFacts, observation } from '../machine/box-facts.ts';
import type { Inside } from '../machine/inside.ts';
import { probeSsh } from '../ssh-probe.ts';
import { systemClock } from './clock.ts';
import type { Machine } from './cloud.ts';
import { inTime, type Phases } from './phases.ts';

export interface Reached {
  /** Undefined while the machine has no address. */
  addressOf(box: Pick<LiveBoxRef, 'hostKey'>, machine: Machine): BoxAddress | undefined;
  /** Waits until the box answers with its key and lets us in, and brings keys and greeting up to date. */
  logIn(box: BoxSpec, at: BoxAddress, context: CallContext): Promise<void>;
  /** Asks every few seconds how far it is, as long as it may take; shows the last line of its log. */
  followSetup(at: BoxAddress, context: CallContext): Promise<Setup>;
  /** Keys and greeting as they are now. Rejects with `box_silent` when it does not let us in. */
  configure(box: BoxSpec, at: BoxAddress, signal: AbortSignal): Promise<void>;
  /**
   * Before it is stopped: nobody's keys open it at its next start until it was reached, so that a key that was removed meanwhile opens it for
   * no moment. One that does not let us in is stopped all the same.
   */
  forgetKeys(box: LiveBoxRef, machine: Machine, context: CallContext): Promise<void>;
  /** Undefined when it does not let us in, or not soon. */
  facts(box: LiveBoxRef, machine: Machine | undefined, context: CallContext): Promise<BoxFacts | undefined>;
  observe(
    boxes: readonly LiveBoxRef[],
    machines: readonly Machine[],
    context: CallContext,
  ): Promise<ReadonlyMap<string, Observation>>;
}

export interface ReachedOptions {
  inside: Inside;
  sshPort: number;
  phases: Pick<Phases, 'portMs' | 'loginMs' | 'setupMs'>;
  logger: Logger;
}

/** What a look may take before the box counts as one that does not answer. */
const LOOK_MS = 5_000;
/** Boxes that are looked into at one moment. */
const AT_ONCE = 32;
const LOGIN_PAUSE_MS = 500;
const SETUP_PAUSE_MS = 2_000;
const LOG_LINES = 20;

export function createReached({ inside, sshPort, phases, logger }: ReachedOptions): Reached {
  async function configure(box: BoxSpec, at: BoxAddress, signal: AbortSignal): Promise<void> {
    const { authorizedKeys, boxName: name, stopNote } = box;
    await inside.configure(at, { authorizedKeys, greeting: greetingText({ name, stopNote }) }, signal);
  }

  /** Undefined of a box that does not let us in, or not soon. */
  async function ask<T>(
    box: LiveBoxRef,
    machine: Machine | undefined,
    context: CallContext,
    question: (at: BoxAddress, signal: AbortSignal) => Promise<T>,
  ): Promise<T | undefined> {
    const at = machine?.state === 'running' ? addressOf(box, machine) : undefined;
    if (at === undefined) return undefined;
    try {
      return await question(at, AbortSignal.any([context.signal, AbortSignal.timeout(LOOK_MS)]));
    } catch (error) {
      if (context.signal.aborted) throw error;
      logger.debug({ box: box.boxId, error }, 'A box could not be looked into');
      return undefined;
    }
  }

  const facts: Reached['facts'] = (box, machine, context) => ask(box, machine, context, inside.facts);

  function addressOf({ hostKey }: Pick<LiveBoxRef, 'hostKey'>, { address }: Machine): BoxAddress | undefined {
    if (address === undefined) return undefined;
    return { endpoint: { host: address, port: sshPort }, hostPublicKey: hostKey.publicKey };
  }

  return {
    addressOf,
    configure,
    facts,
    forgetKeys: (box, machine, context) => ask(box, machine, context, inside.forgetKeys),
    async logIn(box, at, context) {
      context.note?.('waiting until SSH answers');
      const { host, port } = at.endpoint;
      await probeSsh({ host, port, publicKey: at.hostPublicKey, signal: context.signal, deadlineMs: phases.portMs });
      context.note?.('waiting for the log-in');
      await inTime(
        context,
        { ms: phases.loginMs, what: 'a box that lets us log in, with its home', clock: systemClock },
        async ({ signal }) => {
          // SSH answers before the account is there.
          for (;;) {
            try {
              const [{ home }] = await Promise.all([inside.facts(at, signal), configure(box, at, signal)]);
              // Without its home nobody's key opens it.
              if (home !== null) return;
            } catch (error) {
              if (signal.aborted || !(error instanceof ProviderError) || error.code === 'host_key_mismatch')
                throw error;
            }
            await delay(LOGIN_PAUSE_MS, undefined, { signal });
          }
        },
      );
    },
    async followSetup(at, context) {
      const until = AbortSignal.timeout(phases.setupMs);
      const signal = AbortSignal.any([context.signal, until]);
      let log = '';
      while (!until.aborted) {
        try {
          const state = await inside.setupState(at, signal);
          if (state === 'ready') return { state };
          log = await inside.setupLog(at, LOG_LINES, signal);
          if (state === 'failed') return { state, log };
          context.note?.(log.trim().split('\n').at(-1) ?? '');
          await delay(SETUP_PAUSE_MS, undefined, { signal });
        } catch (error) {
          if (context.signal.aborted) throw error;
          if (error instanceof ProviderError && error.code === 'host_key_mismatch') throw error;
          // What is set up may start sshd or the whole machine anew.
          await delay(SETUP_PAUSE_MS, undefined, { signal }).catch(() => undefined);
        }
      }
      return { state: 'unfinished', log };
    },
    async observe(boxes, machines, context) {
      const byName = new Map(machines.map((machine) => [machine.instanceName, machine]));
      const seen = new Map<string, Observation>();
      const waiting = boxes.slice();
      const lookOn = async (): Promise<void> => {
        for (let box = waiting.shift(); box !== undefined; box = waiting.shift()) {
          const found = await facts(box, byName.get(box.instanceName), context);
          if (found !== undefined) seen.set(box.boxId, observation(found));
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, lookOn));
      return seen;
    },
  };
}
