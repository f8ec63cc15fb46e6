// What really exists in the simulated cloud and ever did, written by the cloud itself and by nobody else.
import type { BoxRef, SnapshotRef } from '../../src/providers/provider.ts';
import type { FaultKind, Verb } from './seeded-faults.ts';

/** One instance that exists or existed. Times are milliseconds since the epoch. */
export interface LedgerInstance {
  ref: string;
  installId: string;
  boxId: string;
  incarnation: number;
  instanceName: string;
  port: number;
  madeAt: number;
  goneAt: number | undefined;
  /** Which line of the history made it and which ended it: two things in one millisecond still have an order. */
  madeLine: number;
  goneLine: number | undefined;
  /** `destroyed` by a call, `vanished` by itself. */
  gone: 'destroyed' | 'vanished' | undefined;
  /** Every change of power, oldest first. */
  power: readonly { at: number; running: boolean }[];
  /** As of the last create or configure. */
  authorizedKeys: readonly string[];
}

export interface LedgerHome {
  installId: string;
  boxId: string;
  madeAt: number;
  /** The snapshot it was made of. */
  from: string | undefined;
}

export interface LedgerSnapshot {
  installId: string;
  snapshotId: string;
  boxId: string;
  madeAt: number;
}

export const EVENTS = [
  'call',
  'home made',
  'home removed',
  'snapshot made',
  'snapshot removed',
  'made',
  'started',
  'stopped',
  'configured',
  'ran',
  'destroyed',
  'vanished',
] as const;

/** One line of the history; `subject` is an instance's name, a box id, a snapshot id, what a call was about, or the line that was run. */
export interface LedgerEvent {
  at: number;
  what: (typeof EVENTS)[number];
  subject: string;
  /** Of calls only. */
  call: { verb: Verb; attempt: number; fault: FaultKind | undefined } | undefined;
}

/** Two instances of one box that existed at one moment. */
export interface Duplicate {
  boxId: string;
  refs: readonly [string, string];
  /** True: nothing may ever do this. False: a late call of a paused worker can, and the reaper must undo it. */
  sameIncarnation: boolean;
  from: number;
  /** undefined: they both exist now. */
  until: number | undefined;
}

export interface LedgerReport {
  everyInstance: readonly LedgerInstance[];
  homes: readonly LedgerHome[];
  snapshots: readonly LedgerSnapshot[];
  duplicates: readonly Duplicate[];
}

/** The questions tests ask. */
export interface Ledger {
  /** Instances that exist now, oldest first; of one installation or of all. */
  instances(installId?: string): readonly LedgerInstance[];
  everyInstance(): readonly LedgerInstance[];
  homes(installId?: string): readonly LedgerHome[];
  snapshots(installId?: string): readonly LedgerSnapshot[];
  history(): readonly LedgerEvent[];
  duplicates(): readonly Duplicate[];
  report(): LedgerReport;
}

/** What the cloud writes. */
export interface LedgerBook extends Ledger {
  called(verb: Verb, subject: string, attempt: number, fault: FaultKind | undefined): void;
  homeMade(box: BoxRef, from: string | undefined): void;
  homeRemoved(box: BoxRef): void;
  snapshotMade(box: BoxRef, snapshotId: string): void;
  snapshotRemoved(snapshot: SnapshotRef): void;
  made(ref: string, box: BoxRef, port: number): void;
  powered(ref: string, running: boolean): void;
  configured(ref: string, authorizedKeys: readonly string[]): void;
  /** A line was run there. */
  ran(ref: string, line: string): void;
  gone(ref: string, how: 'destroyed' | 'vanished'): void;
}

export function createLedger(now: () => number): LedgerBook {
  const records = new Map<string, LedgerInstance>();
  const homes = new Map<string, LedgerHome>();
  const snapshots = new Map<string, LedgerSnapshot>();
  const events: LedgerEvent[] = [];

  function write(what: LedgerEvent['what'], subject: string, call: LedgerEvent['call'] = undefined): number {
    const at = now();
    events.push({ at, what, subject, call });
    return at;
  }

  function amend(ref: string, change: (record: LedgerInstance) => LedgerInstance): void {
    const record = records.get(ref);
    if (record === undefined) throw new Error(`The ledger has no instance ${ref}.`);
    records.set(ref, change(record));
  }

  const ledger: Ledger = {
    instances: (installId) =>
      [...records.values()].filter(
        (record) => record.goneAt === undefined && (installId ?? record.installId) === record.installId,
      ),
    everyInstance: () => [...records.values()],
    homes: (installId) => [...homes.values()].filter((home) => (installId ?? home.installId) === home.installId),
    snapshots: (installId) => [...snapshots.values()].filter((one) => (installId ?? one.installId) === one.installId),
    history: () => [...events],
    duplicates: () => overlaps([...records.values()]),
    report: () => ({
      everyInstance: ledger.everyInstance(),
      homes: ledger.homes(),
      snapshots: ledger.snapshots(),
      duplicates: ledger.duplicates(),
    }),
  };

  return {
    ...ledger,
    called: (verb, subject, attempt, fault) => void write('call', subject, { verb, attempt, fault }),
    homeMade({ installId, boxId }, from) {
      homes.set(`${installId} ${boxId}`, { installId, boxId, madeAt: write('home made', boxId), from });
    },
    homeRemoved({ installId, boxId }) {
      write('home removed', boxId);
      homes.delete(`${installId} ${boxId}`);
    },
    snapshotMade({ installId, boxId }, snapshotId) {
      const madeAt = write('snapshot made', snapshotId);
      snapshots.set(`${installId} ${snapshotId}`, { installId, snapshotId, boxId, madeAt });
    },
    snapshotRemoved({ installId, snapshotId }) {
      write('snapshot removed', snapshotId);
      snapshots.delete(`${installId} ${snapshotId}`);
    },
    made(ref, { installId, boxId, incarnation, instanceName }, port) {
      const madeAt = write('made', instanceName);
      const life = { madeAt, madeLine: events.length, goneAt: undefined, goneLine: undefined, gone: undefined };
      const rest = { ...life, power: [], authorizedKeys: [] };
      records.set(ref, { ref, installId, boxId, incarnation, instanceName, port, ...rest });
    },
    powered(ref, running) {
      amend(ref, (record) => {
        const at = write(running ? 'started' : 'stopped', record.instanceName);
        return { ...record, power: [...record.power, { at, running }] };
      });
    },
    configured(ref, authorizedKeys) {
      amend(ref, (record) => {
        write('configured', record.instanceName);
        return { ...record, authorizedKeys: [...authorizedKeys] };
      });
    },
    ran(ref, line) {
      amend(ref, (record) => {
        write('ran', line);
        return record;
      });
    },
    gone(ref, how) {
      amend(ref, (record) => {
        const goneAt = write(how, record.instanceName);
        return { ...record, gone: how, goneAt, goneLine: events.length };
      });
    },
  };
}

/** True when the instance existed at that moment. */
export function existedAt(record: LedgerInstance, at: number): boolean {
  return record.madeAt <= at && (record.goneAt === undefined || record.goneAt > at);
}

export function wasRunningAt(record: LedgerInstance, at: number): boolean {
  return record.power.findLast((change) => change.at <= at)?.running ?? false;
}

function overlaps(records: readonly LedgerInstance[]): Duplicate[] {
  const boxes = Map.groupBy(records, ({ installId, boxId }) => `${installId} ${boxId}`);
  return [...boxes.values()].flatMap((ofBox) =>
    ofBox.flatMap((first, index) => ofBox.slice(index + 1).flatMap((second) => overlap(first, second) ?? [])),
  );
}

/** `second` was made after `first`. */
function overlap(first: LedgerInstance, second: LedgerInstance): Duplicate | undefined {
  if (first.goneLine !== undefined && first.goneLine < second.madeLine) return undefined;
  const ends = [first.goneAt, second.goneAt].filter((end) => end !== undefined);
  return {
    boxId: first.boxId,
    refs: [first.ref, second.ref],
    sameIncarnation: first.incarnation === second.incarnation,
    from: second.madeAt,
    until: ends.length === 0 ? undefined : Math.min(...ends),
  };
}
