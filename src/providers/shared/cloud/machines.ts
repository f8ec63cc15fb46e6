// The machine of a box: found, made or adopted, brought up, put down and removed, whatever was left half done.
import { type BoxRef, type CallContext, ProviderError } from '../../provider.ts';
import type { Clock } from './clock.ts';
import type { Cloud, Machine, MachineCalls, MachinePlan, MachineState, Volume } from './cloud.ts';
import type { ListPoll } from './list-poll.ts';
import { type Looking, lookAgain, untilCertain } from './look-again.ts';
import { patient, unlessBusy } from './patience.ts';
import { inTime } from './phases.ts';

export interface Machines {
  /** Every machine of the installation; of two that claim to be the same, the one that was made first. */
  list(installId: string, context: CallContext): Promise<readonly Machine[]>;
  /** Removes what a list showed twice, and has no home: late calls of lost workers make such machines. */
  tidy(installId: string, context: CallContext): Promise<void>;
  /** Undefined when there is none for sure. */
  find(box: BoxRef, context: CallContext): Promise<Machine | undefined>;
  /** The same; where work was taken over, lists that lag prove nothing. */
  findLate(box: BoxRef, context: CallContext): Promise<Machine | undefined>;
  /** Makes it or adopts it, and waits until it runs with its home and has an address. */
  make(plan: MachinePlan, context: CallContext): Promise<Machine>;
  /** Starts a machine that is there, and waits as `make` does. */
  bringUp(plan: MachinePlan, machine: Machine, context: CallContext): Promise<Machine>;
  /** Switches it off, gently first, and releases it where the operator wants that. */
  putDown(box: BoxRef, machine: Machine, context: CallContext): Promise<void>;
  /** Resolves once it is gone. Of none is success. */
  remove(box: BoxRef, context: CallContext): Promise<void>;
}

export interface MachinesOptions {
  cloud: MachineCalls & Pick<Cloud, 'title' | 'listLagMs' | 'whenStopped' | 'attachVolume'>;
  /** One list of an installation's machines for all that wait. */
  poll: (installId: string) => ListPoll<Machine>;
  /** The volume of a box. */
  home: (box: BoxRef, context: CallContext) => Promise<Volume | undefined>;
  /** From the call that makes or starts a machine until it runs, milliseconds. */
  activeMs: number;
  /** What its system has to shut down before it is switched off, milliseconds. */
  shutDownMs: number;
  /** For how long it may be busy with something else, milliseconds. */
  busyMs: number;
  clock: Clock;
}

const WAITS_FOR = {
  making: 'the cloud is making it',
  running: 'waiting for its address and its home',
  changing: 'the cloud is at work on it',
  stopped: 'starting it',
  released: 'bringing it back',
  failed: 'it failed',
} as const satisfies Record<MachineState, string>;

export function createMachines(options: MachinesOptions): Machines {
  const { cloud, poll, home, activeMs, shutDownMs, clock } = options;
  const looking = (box: Pick<BoxRef, 'installId'>, { signal }: CallContext): Looking<Machine> => ({
    ...{ poll: poll(box.installId), clock, signal },
  });

  /** Installations of which a list showed something twice. */
  const twins = new Set<string>();

  /** As it is now. The list may not show yet what was made or brought back lately, which has an id already, and the home. */
  async function pick(box: BoxRef, listed: readonly Machine[], context: CallContext): Promise<Machine | undefined> {
    const found = firstOf(listed.filter(isOf(box)));
    if (found !== undefined && found.state !== 'released') return found;
    const asked = box.ref === found?.ref ? undefined : await pickByRef(box, box.ref, context);
    if (asked !== undefined) return asked;
    for (const ref of (await home(box, context))?.attachedTo ?? []) {
      const machine = ref === found?.ref ? found : await pickByRef(box, ref, context);
      if (machine !== undefined) return machine;
    }
    return found;
  }

  async function pickByRef(box: BoxRef, ref: string | undefined, context: CallContext): Promise<Machine | undefined> {
    // The release before wrote the name down where machines are put away, which is no id of the vendor's.
    const asked = ref === undefined || ref === box.instanceName ? undefined : await cloud.machine(ref, context);
    return asked?.instanceName === box.instanceName ? asked : undefined;
  }

  /** By the home itself: some clouds know what a machine holds from lists alone. */
  async function holds(machine: Machine, box: BoxRef, context: CallContext): Promise<boolean> {
    return (await home(box, context))?.attachedTo.includes(machine.ref) ?? false;
  }

  async function find(box: BoxRef, context: CallContext): Promise<Machine | undefined> {
    return pick(box, await poll(box.installId).look(context.signal), context);
  }

  /** What was made by `since`, however late it comes to light. */
  function findBy(since: Date, box: BoxRef, context: CallContext): Promise<Machine | undefined> {
    const look = (listed: readonly Machine[]) => pick(box, listed, context);
    return untilCertain(look, { since, lagMs: cloud.listLagMs }, looking(box, context));
  }

  function findLate(box: BoxRef, context: CallContext): Promise<Machine | undefined> {
    return context.takenOver === undefined ? find(box, context) : findBy(context.takenOver, box, context);
  }

  async function create(plan: MachinePlan, context: CallContext): Promise<Machine> {
    const askedAt = new Date(clock.nowMs());
    try {
      return await removeTwins(plan, await cloud.createMachine(plan, context), context);
    } catch (error) {
      if (context.signal.aborted) throw error;
      const isUnknown = error instanceof ProviderError && error.code === 'timeout';
      if (isUnknown) context.note?.('the cloud did not say whether it was made; looking for it');
      // Where it was refused, somebody else may have been faster, and have the home by now.
      const found = await (isUnknown ? findBy(askedAt, plan, context) : find(plan, context));
      if (found === undefined) throw error;
      return found;
    }
  }

  /** Clouds that know no unique names make as many as are asked for at one moment; all that asked keep the same one. */
  async function removeTwins(box: BoxRef, made: Machine, context: CallContext): Promise<Machine> {
    const listed = (await poll(box.installId).look(context.signal)).filter(isOf(box));
    const first = firstOf([made, ...listed.filter(({ ref }) => ref !== made.ref)]) ?? made;
    if (first.ref !== made.ref) await cloud.deleteMachine(made, context);
    return first;
  }

  /** Waits until it is not what it was, or it is time to ask again; undefined once it is gone. */
  async function next(box: BoxRef, before: Machine, context: CallContext): Promise<Machine | undefined> {
    const look = (listed: readonly Machine[]) => pick({ ...box, ref: before.ref }, listed, context);
    return lookAgain(before, { look, looksOf }, looking(box, context));
  }

  /** One that never ran is worth nothing. Any other has a disk, and clouds say so of some that can be repaired. */
  async function giveUp(machine: Machine, neverRan: boolean, context: CallContext): Promise<never> {
    if (!neverRan)
      throw new ProviderError('invalid', `${cloud.title} says that the machine of the box failed.`, {
        remedy:
          'Repair it at the vendor, mostly by a hard reboot; or destroy the box and bring it back: its home stays.',
      });
    await cloud.deleteMachine(machine, context);
    throw new ProviderError('sold_out', `${cloud.title} could not make the machine.`, {
      remedy: `It gives no reason; mostly there is none of that size left in ${machine.region}. Allow other sizes or regions.`,
    });
  }

  async function bringUp(plan: MachinePlan, machine: Machine, given: CallContext, neverRan = false): Promise<Machine> {
    return inTime(given, { ms: activeMs, what: 'a machine that runs', clock }, async (context) => {
      const order = patient(options, context);
      let isAttaching = false;
      for (let now: Machine | undefined = machine; now !== undefined; now = await next(plan, now, context)) {
        if (now.state === 'failed') return giveUp(now, neverRan, context);
        const isDown = now.state === 'stopped' || now.state === 'released';
        if (isDown && !(await order(cloud.startMachine(now, plan, context)))) continue;
        if (now.state === 'running') {
          const hasHome = now.volumes.includes(plan.volume.ref) || (isAttaching && (await holds(now, plan, context)));
          if (hasHome && now.address !== undefined) return now;
          if (!hasHome) await unlessBusy(cloud.attachVolume(plan.volume, now, context));
          isAttaching = true;
        }
        context.note?.(WAITS_FOR[now.state]);
      }
      throw new ProviderError('vanished', 'The machine of the box is gone.');
    });
  }

  return {
    async list(installId, { signal }) {
      const listed = await poll(installId).look(signal);
      const each = firstOfEach(listed);
      if (each.length < listed.length) twins.add(installId);
      return each;
    },
    async tidy(installId, context) {
      if (!twins.has(installId)) return;
      const listed = await poll(installId).look(context.signal);
      twins.delete(installId);
      const kept = new Map(firstOfEach(listed).map((machine) => [machine.instanceName, machine]));
      for (const machine of listed) {
        const first = kept.get(machine.instanceName);
        // Only once the other is seen to have the home: what a list does not show yet may be this one's.
        const isTwin = first !== undefined && first.ref !== machine.ref && first.volumes.length > 0;
        if (isTwin && machine.volumes.length === 0) await cloud.deleteMachine(machine, context);
      }
    },
    find,
    findLate,
    async make(plan, context) {
      const there = await findLate(plan, context);
      return bringUp(plan, there ?? (await create(plan, context)), context, true);
    },
    bringUp: (plan, machine, context) => bringUp(plan, machine, context),

    async putDown(box, machine, context) {
      const firmlyAtMs = clock.nowMs() + shutDownMs;
      const order = patient(options, context);
      for (let now: Machine | undefined = machine; now !== undefined; now = await next(box, now, context)) {
        if (
          now.state === 'failed' ||
          now.state === 'released' ||
          (now.state === 'stopped' && cloud.whenStopped === 'keep')
        )
          return;
        if (now.state === 'stopped') await order(cloud.releaseMachine(now, context));
        if (now.state === 'running')
          await order(
            clock.nowMs() < firmlyAtMs ? cloud.shutDownMachine(now, context) : cloud.switchOffMachine(now, context),
          );
      }
    },

    async remove(box, context) {
      const order = patient(options, context);
      for (let now = await find(box, context); now !== undefined; now = await next(box, now, context))
        await order(cloud.deleteMachine(now, context));
    },
  };
}

const isOf =
  (box: BoxRef) =>
  ({ instanceName }: Machine): boolean =>
    instanceName === box.instanceName;

/** The one that has the home, or was made first: a call that came too late made the others. */
function firstOf(machines: readonly Machine[]): Machine | undefined {
  return machines.toSorted(
    (one, other) =>
      Math.sign(other.volumes.length) - Math.sign(one.volumes.length) ||
      one.createdAt.getTime() - other.createdAt.getTime() ||
      (one.ref < other.ref ? -1 : 1),
  )[0];
}

function firstOfEach(machines: readonly Machine[]): Machine[] {
  const byName = Map.groupBy(machines, ({ instanceName }) => instanceName);
  return [...byName.values()].flatMap((same) => firstOf(same) ?? []);
}

function looksOf(machine: Machine | undefined): string {
  if (machine === undefined) return 'gone';
  const { ref, state, address = '', volumes } = machine;
  return JSON.stringify([ref, state, address, volumes]);
}
