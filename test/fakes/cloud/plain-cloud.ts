// Machines and volumes of no vendor, in memory and on a test's clock: for the parts that all clouds share.
import type { BoxRef, ProviderErrorCode } from '../../../src/providers/provider.ts';
import { ProviderError } from '../../../src/providers/provider.ts';
import type { Cloud, CloudSize, Machine, Volume } from '../../../src/providers/shared/cloud/cloud.ts';
import type { TestClock } from './test-clock.ts';

type Order = 'create' | 'start' | 'shutDown' | 'switchOff' | 'release' | 'delete' | 'attach' | 'detach';
type Refusal = { code: ProviderErrorCode; times: number; isDone: boolean };

export interface PlainCloud {
  cloud: Omit<
    Cloud,
    | 'name'
    | 'userDataBytes'
    | 'slowed'
    | 'deviceOf'
    | 'snapshots'
    | 'createSnapshot'
    | 'deleteSnapshot'
    | 'prepare'
    | 'tidy'
    | 'belongings'
    | 'answers'
    | 'check'
    | 'storagePrice'
  >;
  /** What there is, in the order in which it was made. */
  machines: Machine[];
  volumes: Volume[];
  /** Orders that came, refused ones too. */
  orders: { order: Order; atMs: number }[];
  /** The next orders of this kind are refused; `isDone`: and obeyed all the same. */
  refuse(order: Order, refusal: Partial<Refusal> & Pick<Refusal, 'code'>): void;
  /** Happens at the vendor so long from now. */
  later(ms: number, happen: () => void): void;
  addMachine(box: BoxRef, how?: Partial<Machine>): Machine;
  addVolume(box: Pick<BoxRef, 'boxId'>, how?: Partial<Volume>): Volume;
}

/** What an order takes at this vendor. */
export const WORK_MS = 20_000;
export const LAG_MS = 30_000;

/** `lists`: what is younger than the lag is not in them. */
export function createPlainCloud(
  clock: TestClock,
  { lists = 'fresh', whenStopped = 'keep' }: { lists?: 'fresh' | 'late'; whenStopped?: Cloud['whenStopped'] } = {},
): PlainCloud {
  const machines: Machine[] = [];
  const volumes: Volume[] = [];
  const madeAtMs = new Map<string, number>();
  const events: { atMs: number; happen: () => void }[] = [];
  const refusals = new Map<Order, Refusal>();
  const orders: PlainCloud['orders'] = [];
  let count = 0;

  function settle(): void {
    const due = events.filter(({ atMs }) => atMs <= clock.nowMs());
    for (const event of due) {
      events.splice(events.indexOf(event), 1);
      event.happen();
    }
  }
  const later = (ms: number, happen: () => void): void => void events.push({ atMs: clock.nowMs() + ms, happen });
  const shown = <T extends { ref: string }>(all: readonly T[]): T[] => {
    settle();
    const since = lists === 'late' ? clock.nowMs() - LAG_MS : clock.nowMs();
    return all.filter(({ ref }) => (madeAtMs.get(ref) ?? 0) <= since).map((one) => ({ ...one }));
  };
  const one = <T extends { ref: string }>(all: readonly T[], ref: string): T | undefined => {
    settle();
    const found = all.find((each) => each.ref === ref);
    return found && { ...found };
  };
  async function obey<T>(order: Order, work: () => T): Promise<T> {
    settle();
    orders.push({ order, atMs: clock.nowMs() });
    const refusal = refusals.get(order);
    if (refusal === undefined || refusal.times === 0) return work();
    refusal.times--;
    if (refusal.isDone) work();
    throw new ProviderError(refusal.code, 'The vendor says no.');
  }
  /** Once it is done; a machine that is gone by then is left alone. */
  function become(ref: string, how: Partial<Machine>): void {
    const found = machines.find((machine) => machine.ref === ref);
    if (found !== undefined) later(WORK_MS, () => Object.assign(found, how));
  }
  const remove = <T extends { ref: string }>(all: T[], ref: string): void => {
    const at = all.findIndex((each) => each.ref === ref);
    if (at !== -1) all.splice(at, 1);
  };
  function add<T extends { ref: string }>(all: T[], thing: T): T {
    all.push(thing);
    madeAtMs.set(thing.ref, clock.nowMs());
    return { ...thing };
  }
  const addMachine: PlainCloud['addMachine'] = ({ boxId, incarnation, instanceName }, how = {}) =>
    add(machines, {
      ...{ boxId, incarnation, instanceName },
      ...{ ref: `m${++count}`, state: 'running', region: 'here', address: '192.0.2.1', volumes: [] },
      createdAt: new Date(clock.nowMs()),
      ...how,
    });
  const addVolume: PlainCloud['addVolume'] = ({ boxId }, how = {}) =>
    add(volumes, {
      ...{ ref: `v${++count}`, boxId, region: 'here', sizeGiB: 10, ready: true, attachedTo: [] },
      ...how,
    });

  return {
    machines,
    volumes,
    orders,
    later,
    addMachine,
    addVolume,
    refuse: (order, { code, times = 1, isDone = false }) => void refusals.set(order, { code, times, isDone }),
    cloud: {
      title: 'A cloud',
      regions: { unasked: ['here', 'there'], more: [] },
      images: { unasked: ['debian'], more: [] },
      listLagMs: LAG_MS,
      whenStopped,
      mostBoxes: undefined,
      machines: async () => shown(machines),
      machine: async (ref) => one(machines, ref),
      createMachine: (plan) =>
        obey('create', () => {
          const made = addMachine(plan, { state: 'making', volumes: [plan.volume.ref] });
          become(made.ref, { state: 'running' });
          return made;
        }),
      startMachine: ({ ref }) => obey('start', () => become(ref, { state: 'running' })),
      shutDownMachine: ({ ref }) => obey('shutDown', () => become(ref, { state: 'stopped' })),
      switchOffMachine: ({ ref }) => obey('switchOff', () => become(ref, { state: 'stopped' })),
      releaseMachine: ({ ref }) => obey('release', () => become(ref, { state: 'released' })),
      deleteMachine: ({ ref }) => obey('delete', () => later(WORK_MS, () => remove(machines, ref))),
      volumes: async () => shown(volumes),
      volume: async (ref) => one(volumes, ref),
      createVolume: ({ boxId, region, sizeGiB }) => obey('create', () => addVolume({ boxId }, { region, sizeGiB })),
      attachVolume: (volume, { ref }) => obey('attach', () => become(ref, { volumes: [volume.ref] })),
      detachVolume: ({ ref }) =>
        obey('detach', () => {
          const held = volumes.find((volume) => volume.ref === ref);
          later(WORK_MS, () => held && Object.assign(held, { attachedTo: [] }));
        }),
      deleteVolume: ({ ref }) => obey('delete', () => later(WORK_MS, () => remove(volumes, ref))),
      sizes: async () => SIZES,
    },
  };
}

const SIZES: CloudSize[] = [
  { name: 'big', cpus: 16, memoryMiB: 65_536, currency: 'EUR', hourly: 1, monthly: 500, regions: ['here', 'there'] },
  { name: 'fair', cpus: 2, memoryMiB: 4_096, currency: 'EUR', hourly: 0.1, monthly: 50, regions: ['there'] },
];

/** For `BoxSpec`s of these tests. */
export const INSTALL = 'testinst';
