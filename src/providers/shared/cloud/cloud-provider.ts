// A cloud as a provider of boxes: a machine for each, its home on a volume, and what is inside of it over SSH. Every cloud is used like this.
import type { Logger } from '../../../log.ts';
import {
  type BoxSpec,
  type CallContext,
  type InstanceView,
  type LiveBoxRef,
  type Provider,
  ProviderError,
} from '../../provider.ts';
import type { BoxShells } from '../box-shells.ts';
import { measurement } from '../machine/box-facts.ts';
import { createInside } from '../machine/inside.ts';
import { userData } from '../machine/user-data.ts';
import { tellingCancelled } from './cancelled.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Cloud, Machine, MachinePlan, Volume } from './cloud.ts';
import { createHomes, failedHome } from './homes.ts';
import { createLatest } from './latest.ts';
import { byInstall, createListPoll } from './list-poll.ts';
import { createMachines } from './machines.ts';
import { PHASES, type Phases } from './phases.ts';
import { pricesOf } from './prices.ts';
import { createReached } from './reached.ts';
import { tellingSlowness } from './slowness.ts';
import { createSnapshots } from './snapshots.ts';

export interface CloudProviderOptions {
  cloud: Cloud;
  installId: string;
  shells: BoxShells;
  /** OpenSSH public key line of whoever `shells` logs in as. */
  controlKey: string;
  /** The operator's own script, run as root in the background of a first boot. */
  setupScript?: string | undefined;
  /** Where SSH answers in every machine. Default 22. */
  sshPort?: number;
  phases?: Partial<Phases>;
  clock?: Clock;
  logger: Logger;
}

const SSH_PORT = 22;
/** A whole disk is written where a machine is put away. */
const PATIENCE_MS = { keep: 15 * 60_000, release: 60 * 60_000 };

export function createCloudProvider(options: CloudProviderOptions): Provider {
  const { cloud, installId, shells, controlKey, setupScript, sshPort = SSH_PORT, logger } = options;
  const { clock = systemClock } = options;
  const phases = { ...PHASES, ...options.phases };
  const inside = createInside(shells);
  const machines = createMachines({
    cloud,
    poll: byInstall((id) => createListPoll((context) => cloud.machines(id, context), { clock })),
    home: (...asked) => homes.find(...asked),
    ...phases,
    clock,
  });
  const reached = createReached({ inside, sshPort, phases, logger });
  const homes = createHomes({
    cloud,
    poll: byInstall((id) => createListPoll((context) => cloud.volumes(id, context), { clock })),
    snapshot: (...asked) => snapshots.find(...asked),
    clock,
  });
  const snapshots = createSnapshots({
    cloud,
    inside,
    poll: byInstall((id) => createListPoll((context) => cloud.snapshots(id, context), { clock })),
    home: homes.find,
    machine: machines.find,
    addressOf: reached.addressOf,
    clock,
    busyMs: phases.busyMs,
  });
  const latest = createLatest(() => performance.now());
  /** What the installation has as a whole was put back here, maybe when the last box was gone already. */
  let mayStand = false;

  function viewOf({ boxId, incarnation, instanceName, ref, createdAt, address, state }: Machine): InstanceView {
    return {
      ...{ boxId, incarnation, instanceName, ref, createdAt },
      // What the vendor does to a machine by itself does not stop it.
      running: state === 'running' || state === 'changing',
      endpoint: address === undefined ? undefined : { host: address, port: sshPort },
    };
  }

  async function homeOf(box: BoxSpec, context: CallContext): Promise<Volume> {
    const home = await homes.findLate(box, context);
    if (home?.failed && home.attachedTo.length === 0) throw failedHome(cloud.title);
    if (home !== undefined) return home;
    throw new ProviderError('invalid', 'The home of the box is gone.', {
      remedy: `Look for its volume at ${cloud.title}; nothing is made in its place.`,
    });
  }

  function planOf(box: BoxSpec, volume: Volume): MachinePlan {
    const traits = { device: cloud.deviceOf(volume), controlKey, setupScript, limitBytes: cloud.userDataBytes };
    const { installId, boxId, incarnation, instanceName, boxName, resources, image, mostHourly } = box;
    return {
      ...{ installId, boxId, incarnation, instanceName, boxName, resources, image, mostHourly, volume },
      region: volume.region,
      userData: userData(box, traits),
    };
  }

  async function list(id: string, context: CallContext): Promise<readonly Machine[]> {
    const listed = await machines.list(id, context);
    if (id === installId) latest.saw(listed);
    return listed;
  }

  /** As they were listed last, unless that does not have all of them running. */
  async function machinesOf(boxes: readonly LiveBoxRef[], context: CallContext): Promise<readonly Machine[]> {
    const known = boxes.map(latest.running).filter((machine) => machine !== undefined);
    if (known.length === boxes.length) return known;
    const ids = [...new Set(boxes.map((box) => box.installId))];
    return (await Promise.all(ids.map((id) => list(id, context)))).flat();
  }

  async function machineOf(box: LiveBoxRef, context: CallContext): Promise<Machine> {
    const machine = await machines.find(box, context);
    if (machine === undefined) throw new ProviderError('vanished', 'The machine of the box is gone.');
    return machine;
  }

  /** What an installation has as a whole goes with the last of its boxes; whether that was so. */
  async function tidy(id: string, context: CallContext): Promise<boolean> {
    const left = await Promise.all([cloud.machines(id, context), cloud.volumes(id, context)]);
    if (left.flat().length > 0) return false;
    await cloud.tidy(id, context);
    return true;
  }

  const provider: Provider = {
    name: cloud.name,
    title: cloud.title,
    longestCreateMs: phases.activeMs + cloud.listLagMs,
    patienceMs: cloud.whenStopped === 'release' ? PATIENCE_MS.release : PATIENCE_MS.keep,
    maximumCpus: undefined,
    memoryBudgetMiB: undefined,
    mostBoxes: cloud.mostBoxes,
    ports: undefined,
    prices: (context) => pricesOf(cloud, context),
    slowed: () => cloud.slowed() !== undefined,
    keepsHomes: true,
    takesSnapshots: true,
    setsUp: true,
    regions: cloud.regions,
    images: cloud.images,

    prepare: (context) => cloud.prepare(installId, context),
    answers: (context) => cloud.answers(context),
    check: (context) => cloud.check(context),
    // A cloud has room as long as it says nothing else.
    admit: async () => undefined,
    async protect(context) {
      // By the list of the round before: one of a thousand boxes takes many calls.
      const boxes = latest.count();
      if (boxes) {
        mayStand = true;
        await cloud.prepare(installId, context);
        await machines.tidy(installId, context);
      } else if (boxes === 0 && mayStand) {
        const isGone = await tidy(installId, context).catch((error: unknown) => {
          logger.warn({ provider: cloud.name, error }, 'What the last box left at the vendor could not be taken away');
        });
        mayStand = isGone !== true;
      }
    },

    async ensureHome(box, context) {
      const { sizeGiB, region } = await (box.hasRun ? homeOf(box, context) : homes.ensure(box, context));
      return { note: `${sizeGiB} GiB, ${region}`, region };
    },

    async create(box, context) {
      latest.forget(box);
      const [home] = await Promise.all([homeOf(box, context), cloud.prepare(box.installId, context)]);
      return viewOf(await machines.make(planOf(box, home), context));
    },

    async start(box, context) {
      latest.forget(box);
      const machine = await machineOf(box, context);
      // One that was put away is made anew, which takes all that making one takes.
      const [home] = await Promise.all([homeOf(box, context), cloud.prepare(box.installId, context)]);
      return viewOf(await machines.bringUp(planOf(box, home), machine, context));
    },

    async reach(box, instance, context) {
      const { endpoint } = instance.endpoint === undefined ? viewOf(await machineOf(box, context)) : instance;
      if (endpoint === undefined) throw new ProviderError('unavailable', 'The machine of the box has no address.');
      await reached.logIn(box, { endpoint, hostPublicKey: box.hostKey.publicKey }, context);
      return endpoint;
    },

    followSetup: (box, endpoint, context) =>
      reached.followSetup({ endpoint, hostPublicKey: box.hostKey.publicKey }, context),

    async stop(box, context) {
      latest.forget(box);
      const machine = await machines.findLate(box, context);
      if (machine === undefined) return;
      await reached.forgetKeys(box, machine, context);
      await machines.putDown(box, machine, context);
    },
    async destroy(box, context) {
      latest.forget(box);
      await machines.remove(box, context);
    },
    async destroyHome(box, context) {
      await homes.remove(box, context);
      await tidy(box.installId, context);
    },

    snapshotHome: snapshots.take,
    snapshots: snapshots.list,
    async destroySnapshot(snapshot, context) {
      await snapshots.remove(snapshot, context);
      await tidy(snapshot.installId, context);
    },

    async inspect(box, context) {
      const machine = await machines.find(box, context);
      return machine && viewOf(machine);
    },
    async list(id, context) {
      return (await list(id, context)).map(viewOf);
    },

    async configure(box, context) {
      const machine = await machineOf(box, context);
      // One that is down gets them when it is reached again.
      if (machine.state === 'stopped' || machine.state === 'released') return;
      const at = machine.state === 'running' ? reached.addressOf(box, machine) : undefined;
      if (at === undefined) throw new ProviderError('box_silent', 'The machine of the box is busy.');
      await reached.configure(box, at, context.signal);
    },
    async measure(box, context) {
      const found = await reached.facts(box, latest.running(box) ?? (await machineOf(box, context)), context);
      return found === undefined ? { homeUsedBytes: undefined, rootUsedBytes: undefined } : measurement(found);
    },
    observe: async (boxes, context) => reached.observe(boxes, await machinesOf(boxes, context), context),
    exec: (box, { endpoint, line, output }, { signal }) =>
      shells.run({ endpoint, hostPublicKey: box.hostKey.publicKey }, line, { output, signal }),
  };
  return tellingCancelled(tellingSlowness(provider, cloud, clock));
}
