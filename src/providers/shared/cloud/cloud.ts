// What a cloud is asked for: single calls of its API, in words that all clouds share. `cloud-provider.ts` makes boxes of them.
import type { Offer } from '../../../boxes/offers.ts';
import type { Resources } from '../../../boxes/sizes.ts';
import type { Holding } from '../../holdings.ts';
import type { BoxRef, CallContext, ProviderHealth, SnapshotView } from '../../provider.ts';
import type { Slowed } from './pace.ts';

/**
 * `making`: nothing can be done to it but waiting and deleting. `running`: it has booted, or is about to; `changing`: a call of ours or of
 * the vendor is under way on it. `stopped`: switched off, and paid for like a running one. `released`: put away so that its processor and
 * memory are not paid for; its disk comes back with the next start. `failed`: the vendor gave up on it.
 */
export const MACHINE_STATES = ['making', 'running', 'changing', 'stopped', 'released', 'failed'] as const;
export type MachineState = (typeof MACHINE_STATES)[number];

/** What the cloud has for one incarnation of a box. */
export interface Machine extends Pick<BoxRef, 'boxId' | 'incarnation' | 'instanceName'> {
  /** The vendor's own id. */
  ref: string;
  state: MachineState;
  region: string;
  createdAt: Date;
  /** Public IPv4 address; undefined while it has none. */
  address: string | undefined;
  /** Refs of the volumes that are attached to it, or about to be. */
  volumes: readonly string[];
}

export interface MachinePlan extends BoxRef {
  /** For the host name. */
  boxName: string;
  resources: Resources;
  region: string;
  /** By the vendor's name for it; undefined is the operator's. */
  image: string | undefined;
  /** As in `BoxSpec`. */
  mostHourly: number | undefined;
  /** cloud-init's user data, as `userData` (machine/user-data.ts) made it. */
  userData: string;
  /** To be attached from the first boot on, where the cloud can; elsewhere it is attached once the machine runs. */
  volume: Volume;
}

/** A block volume that holds a box's home. */
export interface Volume {
  ref: string;
  boxId: string;
  region: string;
  sizeGiB: number;
  /** False while it is being made, attached, detached or deleted. */
  ready: boolean;
  /** The vendor gave up on it: nothing can be done to it but deleting. */
  failed?: boolean;
  /** Refs of the machines that have it. */
  attachedTo: readonly string[];
}

export interface VolumePlan {
  installId: string;
  boxId: string;
  region: string;
  sizeGiB: number;
  /** Made of this snapshot; undefined makes an empty one without a file system. */
  from: VolumeSnapshot | undefined;
}

export interface VolumeSnapshot extends SnapshotView {
  ref: string;
  region: string;
  /** Of the volume that it was taken of: a volume made of it is at least as large. */
  volumeGiB: number;
  /** False while it is being made. */
  ready: boolean;
  /** The vendor gave up on it: nothing can be done to it but deleting. */
  failed?: boolean;
}

export interface VolumeSnapshotPlan {
  installId: string;
  snapshotId: string;
  volume: Volume;
}

/** A size that the vendor sells in at least one of the installation's regions. */
export interface CloudSize {
  /** The vendor's name for it. */
  name: string;
  cpus: number;
  memoryMiB: number;
  /** ISO 4217 code of `hourly` and `monthly`. */
  currency: string;
  /** For an hour in which the machine runs, and the most for a month. */
  hourly: number;
  monthly: number;
  /** Where it can be had now, of the regions on offer, in their order. */
  regions: readonly string[];
}

/** What is paid whether a box runs or not. */
export interface StoragePrice {
  currency: string;
  /** For one GiB of a home, a month. */
  volumeGiBMonthly: number;
  /** Whether a stopped machine is paid for like a running one. */
  stoppedCosts: 'as running' | 'storage only';
}

/**
 * Every call is one request, or one list with all its pages, and rejects with a ProviderError. None waits until what it began is done:
 * whoever asked looks again. A call for what the vendor is at work on may reject with `busy`. A call for what is not there any more resolves. A list leaves out nothing or rejects; what does not carry the
 * installation's marks, whole and in agreement, is not in it. What was just made or changed may be missing from lists for `listLagMs`, and is
 * found by its ref at once.
 */
export interface Cloud {
  readonly name: string;
  readonly title: string;
  /** The first of those unasked that has the size gets the box. A home stays in the region it was made in, also when that is not offered any more. */
  readonly regions: Offer;
  readonly images: Offer;
  readonly listLagMs: number;
  /** The largest user data, bytes. */
  readonly userDataBytes: number;
  /** What a stop does with a machine that is switched off: leave it, or release it. */
  readonly whenStopped: 'keep' | 'release';
  /** How many boxes the operator wants to pay for at one time; undefined where they set no limit. */
  readonly mostBoxes: number | undefined;

  /** How the vendor's limit holds our requests back now; undefined at full speed. */
  slowed(): Slowed | undefined;

  machines(installId: string, context: CallContext): Promise<readonly Machine[]>;
  /** Undefined when the vendor says for sure that there is none. */
  machine(ref: string, context: CallContext): Promise<Machine | undefined>;
  /** Rejects with `sold_out` or `quota` where that is the answer, as it is where all that can be had is too dear, `invalid` where no size fits. */
  createMachine(plan: MachinePlan, context: CallContext): Promise<Machine>;
  /**
   * Of one that is `stopped` or `released`. May be called again while it starts. Some clouds make a released machine anew on its old disk,
   * for which they need the plan; its ref is another one then, and it is found by its name.
   */
  startMachine(machine: Machine, plan: MachinePlan, context: CallContext): Promise<void>;
  /** Asks its system to shut down. */
  shutDownMachine(machine: Machine, context: CallContext): Promise<void>;
  switchOffMachine(machine: Machine, context: CallContext): Promise<void>;
  /** The next step from `stopped` to `released`; called at each look until it is. */
  releaseMachine(machine: Machine, context: CallContext): Promise<void>;
  /** With all that was released of it. Its volumes stay. */
  deleteMachine(machine: Machine, context: CallContext): Promise<void>;

  /** Of several with one name the oldest first. */
  volumes(installId: string, context: CallContext): Promise<readonly Volume[]>;
  volume(ref: string, context: CallContext): Promise<Volume | undefined>;
  createVolume(plan: VolumePlan, context: CallContext): Promise<Volume>;
  attachVolume(volume: Volume, machine: Machine, context: CallContext): Promise<void>;
  detachVolume(volume: Volume, machine: Machine, context: CallContext): Promise<void>;
  deleteVolume(volume: Volume, context: CallContext): Promise<void>;
  /** The device under which a machine has this volume, e.g. `/dev/disk/by-id/…`. */
  deviceOf(volume: Volume): string;

  snapshots(installId: string, context: CallContext): Promise<readonly VolumeSnapshot[]>;
  /** The moment is that of the call. */
  createSnapshot(plan: VolumeSnapshotPlan, context: CallContext): Promise<VolumeSnapshot>;
  deleteSnapshot(snapshot: VolumeSnapshot, context: CallContext): Promise<void>;

  /** Makes what the installation has as a whole: the firewall that lets in SSH alone, and whatever the vendor wants for a log-in by key. */
  prepare(installId: string, context: CallContext): Promise<void>;
  /** Takes that away; only when the installation has neither machines nor volumes. Of nothing is success. */
  tidy(installId: string, context: CallContext): Promise<void>;
  /** What `prepare` made and is there, for the end of the installation. */
  belongings(installId: string, context: CallContext): Promise<readonly Holding[]>;
  /** Rejects where the vendor does not answer, or not to our log-in. One request that costs little. */
  answers(context: CallContext): Promise<void>;
  /** Token and rights, quota, regions, image, sizes. Never throws. */
  check(context: CallContext): Promise<ProviderHealth>;
  /** In the regions on offer, or in this one alone, where the price may be missing; a region that cannot be asked counts as having nothing. */
  sizes(context: CallContext, region?: string): Promise<readonly CloudSize[]>;
  storagePrice(context: CallContext): Promise<StoragePrice>;
}

/** The calls about machines, which vendors keep together. */
export type MachineCalls = Pick<
  Cloud,
  | 'machines'
  | 'machine'
  | 'createMachine'
  | 'startMachine'
  | 'shutDownMachine'
  | 'switchOffMachine'
  | 'releaseMachine'
  | 'deleteMachine'
>;
