// The simulated cloud itself: homes and instances, names that are taken, ports that collide. Every change is in the ledger.
import type { Observation } from '../../src/providers/observed.ts';
import { type BoxRef, type BoxSpec, type InstanceView, ProviderError } from '../../src/providers/provider.ts';
import { createHomes, type SeededHomes } from './seeded-homes.ts';
import { existedAt, type LedgerBook, type LedgerInstance, wasRunningAt } from './seeded-ledger.ts';
import { type Ran, runSeeded } from './seeded-shell.ts';
import { createWorkbench, type SeededWork, type Workbench } from './seeded-work.ts';

const HOST = '127.0.0.1';
/** Ports of boxes that bring none of their own; nothing listens there. */
const FIRST_OWN_PORT = 40_000;

interface Machine {
  view: InstanceView;
  installId: string;
  port: number;
  /** Type and key of the host key that the machine was made with; it serves this one for ever. */
  hostKey: string;
  image: string | undefined;
  /** What it does while it runs; a new one with each start. */
  workbench: Workbench | undefined;
}

export interface SeededWorld extends Omit<SeededHomes, 'hasHome'> {
  prepare(): void;
  admit(): void;
  protect(): void;
  /** Makes or adopts, and starts. */
  ensureRunning(box: BoxSpec): InstanceView;
  start(box: BoxRef): InstanceView;
  stop(box: BoxRef): void;
  remove(box: Pick<BoxRef, 'instanceName'>, how: 'destroyed' | 'vanished'): boolean;
  find(box: BoxRef): InstanceView | undefined;
  /** The machine answers and its host key is the pinned one. */
  answer(box: BoxSpec): InstanceView;
  configure(box: BoxSpec): void;
  exec(box: BoxSpec, line: string): Ran;
  imageOf(box: BoxRef): string | undefined;
  setWork(instanceName: string, work: Partial<SeededWork>): void;
  /** undefined of what does not run, or cannot be seen. */
  observe(box: BoxRef): Observation | undefined;
  list(installId: string): InstanceView[];
  /** The list as it was at that moment. */
  listAt(installId: string, at: number): InstanceView[];
  /** A machine that somebody made by hand: it has a name and a place in the ledger, and no tags of ours. */
  plant(instanceName: string): void;
}

export function createWorld(ledger: LedgerBook, now: () => number): SeededWorld {
  const machines = new Map<string, Machine>();
  const { hasHome, ...homes } = createHomes(ledger, now);
  let prepared = false;
  let made = 0;

  function existing(box: Pick<BoxRef, 'instanceName'>): Machine {
    const machine = machines.get(box.instanceName);
    if (machine === undefined) throw new ProviderError('vanished', `${box.instanceName} does not exist any more.`);
    return machine;
  }

  function make(box: BoxSpec): Machine {
    if (!prepared) throw new ProviderError('isolation', 'There is no network: prepare() was never called.');
    if (!hasHome(box)) throw new ProviderError('invalid', `There is no home for ${box.instanceName}.`);
    return register(box, box.sshPort, { hostKey: keyOf(box), image: box.image });
  }

  function register(box: BoxRef, ownPort: number | undefined, own: Pick<Machine, 'hostKey' | 'image'>): Machine {
    made += 1;
    const { boxId, incarnation, instanceName, installId } = box;
    const ref = `i-${made}`;
    const port = ownPort ?? FIRST_OWN_PORT + (made % 20_000);
    const createdAt = new Date(now());
    const view = {
      boxId,
      incarnation,
      instanceName,
      ref,
      running: false,
      createdAt,
      endpoint: undefined,
    };
    const machine: Machine = { view, installId, port, ...own, workbench: undefined };
    machines.set(instanceName, machine);
    ledger.made(ref, box, port);
    return machine;
  }

  function power(machine: Machine, running: boolean): void {
    if (machine.view.running === running) return;
    if (running) {
      const holder = [...machines.values()].find((other) => other.view.running && other.port === machine.port);
      if (holder !== undefined) {
        throw new ProviderError('port_taken', `Port ${machine.port} belongs to ${holder.view.instanceName}.`);
      }
    }
    const endpoint = running ? { host: HOST, port: machine.port } : undefined;
    machine.view = { ...machine.view, running, endpoint };
    machine.workbench = running ? createWorkbench(now) : undefined;
    ledger.powered(machine.view.ref, running);
  }

  function requirePrepared(): void {
    if (!prepared) throw new ProviderError('isolation', 'There is no network: prepare() was never called.');
  }

  const world: SeededWorld = {
    ...homes,
    prepare() {
      prepared = true;
    },
    admit: requirePrepared,
    protect: requirePrepared,
    removeHome(box) {
      const user = [...machines.values()].find(
        (machine) => machine.view.boxId === box.boxId && machine.installId === box.installId,
      );
      if (user !== undefined) {
        throw new ProviderError('unavailable', `${user.view.instanceName} still uses the home.`);
      }
      homes.removeHome(box);
    },
    ensureRunning(box) {
      const machine = machines.get(box.instanceName) ?? make(box);
      ledger.configured(machine.view.ref, box.authorizedKeys);
      power(machine, true);
      return machine.view;
    },
    start(box) {
      const machine = existing(box);
      power(machine, true);
      return machine.view;
    },
    stop(box) {
      const machine = machines.get(box.instanceName);
      if (machine !== undefined) power(machine, false);
    },
    remove({ instanceName }, how) {
      const machine = machines.get(instanceName);
      if (machine === undefined) return false;
      machines.delete(instanceName);
      ledger.gone(machine.view.ref, how);
      return true;
    },
    find: (box) => machines.get(box.instanceName)?.view,
    answer(box) {
      const machine = existing(box);
      if (!machine.view.running) throw new ProviderError('unavailable', `SSH of ${box.instanceName} does not answer.`);
      if (machine.hostKey !== keyOf(box)) {
        throw new ProviderError('host_key_mismatch', `${box.instanceName} answers with another host key.`);
      }
      return machine.view;
    },
    configure(box) {
      ledger.configured(existing(box).view.ref, box.authorizedKeys);
    },
    exec(box, line) {
      const { running, ref } = world.answer(box);
      if (!running) throw new ProviderError('unavailable', `SSH of ${box.instanceName} does not answer.`);
      const { said, ...ran } = runSeeded(line);
      ledger.ran(ref, said);
      return ran;
    },
    homeBytes(box) {
      existing(box);
      return homes.homeBytes(box);
    },
    imageOf: (box) => machines.get(box.instanceName)?.image,
    setWork(instanceName, work) {
      const { workbench } = existing({ instanceName });
      if (workbench === undefined) throw new Error(`${instanceName} does not run.`);
      workbench.set(work);
    },
    observe: (box) => machines.get(box.instanceName)?.workbench?.observe(),
    list: (installId) =>
      [...machines.values()].filter((machine) => machine.installId === installId).map((machine) => machine.view),
    listAt: (installId, at) =>
      ledger
        .everyInstance()
        .filter((record) => record.installId === installId && existedAt(record, at))
        .map((record) => viewAt(record, at)),
    plant(instanceName) {
      register({ installId: '', boxId: '', incarnation: 0, instanceName }, undefined, {
        hostKey: '',
        image: undefined,
      });
    },
  };
  return world;
}

/** The comment behind a public key says nothing about the key. */
function keyOf(box: BoxSpec): string {
  return box.hostKey.publicKey.trim().split(/\s+/).slice(0, 2).join(' ');
}

function viewAt(record: LedgerInstance, at: number): InstanceView {
  const { boxId, incarnation, instanceName, ref } = record;
  const running = wasRunningAt(record, at);
  const endpoint = running ? { host: HOST, port: record.port } : undefined;
  return {
    boxId,
    incarnation,
    instanceName,
    ref,
    running,
    createdAt: new Date(record.madeAt),
    endpoint,
  };
}
