// The contract between the worker and a provider: what it is asked, what it answers, and how it fails.
import type { Endpoint } from '../boxes/endpoint.ts';
import type { Offer } from '../boxes/offers.ts';
import type { Prices } from '../boxes/prices.ts';
import type { Resources } from '../boxes/sizes.ts';
import { type ErrorDetails, ShellboxError } from '../errors.ts';
import type { KeyPair } from '../secret.ts';
import type { Measurement, Observation } from './observed.ts';

/** Everything a provider needs to know of a box; it keeps no state of its own, so every call carries all of it. */
export interface BoxSpec {
  /** `^[a-z][a-z0-9]{7}$`; marks every instance and home that this installation made. */
  installId: string;
  /** UUIDv7 of the box. */
  boxId: string;
  /** The box's name, for the machine's host name. Never used to find anything. */
  boxName: string;
  /** Counts what the provider made for this box; part of the instance name and tags. */
  incarnation: number;
  /** `sb-<install>-<box id, 26 characters>-<incarnation>`, at most 63 characters; immutable. */
  instanceName: string;
  resources: Resources;
  /** Ed25519; made by us before the first boot and the same in every incarnation. OpenSSH formats. */
  hostKey: KeyPair;
  /** One `authorized_keys` line each: the person's access keys and the gateway's key. */
  authorizedKeys: readonly string[];
  /** The host port for SSH that belongs to this box until it is destroyed; undefined where addresses are the provider's. */
  sshPort: number | undefined;
  /** What the greeting says about stopping, e.g. `stops after 60 idle minutes; home is kept`. */
  stopNote: string;
  /** It has run: whatever is in its home is somebody's, and none is made in the place of one that is not found. */
  hasRun: boolean;
  /** The snapshot (UUIDv7) that its home is made of where it has none yet; undefined makes an empty one. */
  from: string | undefined;
  /** Where its home is made, of those that the provider has; undefined leaves it to the provider. What lies somewhere stays there. */
  region: string | undefined;
  /** What its instance is made of, by the provider's name for it; undefined is the operator's choice. */
  image: string | undefined;
  /** The most that its machine may cost an hour, home not included, in the currency of `prices`; undefined where nobody was told a price. */
  mostHourly: number | undefined;
}

/** What identifies a box's instance or home when only that is needed. */
export interface BoxRef extends Pick<BoxSpec, 'installId' | 'boxId' | 'incarnation' | 'instanceName'> {
  /** The provider's own id where somebody wrote it down: finds what a list that lags does not show yet. */
  ref?: string | undefined;
}

/** What a provider needs to look into a box that runs: it asks nobody but the holder of this key. */
export interface LiveBoxRef extends BoxRef {
  hostKey: Pick<KeyPair, 'publicKey'>;
}

export interface CallContext {
  /** Aborted when the job is cancelled, its lease is lost or its deadline has passed; every call ends soon after. */
  signal: AbortSignal;
  /** Until when another process may have made the same call: in a try that failed, was lost or was handed back. Lists may not show yet what came of it. */
  takenOver?: Date | undefined;
  /** Told what a call that takes long waits for, as a phrase that goes behind its progress line; '' where there is nothing to say any more. */
  note?: ((waitsFor: string) => void) | undefined;
}

/** One instance as the provider sees it now. */
export interface InstanceView {
  /** From the tags, so that an instance can be matched to a box without trusting its name. */
  boxId: string;
  incarnation: number;
  instanceName: string;
  /** The provider's own id; one that was put away and comes back may have another. */
  ref: string;
  running: boolean;
  /** When the provider made it. */
  createdAt: Date;
  /** Where SSH answers; undefined while there is none. */
  endpoint: Endpoint | undefined;
}

/** A home as it was at one moment. */
export interface SnapshotView {
  /** UUIDv7, given by whoever asked for it. */
  snapshotId: string;
  /** The box whose home it was; that box may be gone. */
  boxId: string;
  /** What it takes up; the same for as long as it exists. */
  bytes: number;
  /** The moment. */
  createdAt: Date;
}

export type SnapshotRef = Pick<BoxRef, 'installId'> & Pick<SnapshotView, 'snapshotId'>;

/** A line to run in a box. */
export interface Line {
  /** Where the box's SSH answers, as `reach` said. */
  endpoint: Endpoint;
  /** For the shell of the box's user, as `ssh <box> <line>` has it. Its input stays open; one that should read nothing says so (`</dev/null`). */
  line: string;
  /** Called with everything that it prints, in the order in which it came. */
  output(data: Buffer): void;
}

/** How a line ended: its exit status, or the name of the signal that ended it, e.g. `KILL`. */
export type Ended = { status: number } | { signal: string };

/** How what a new box sets up in the background ended; `unfinished` when it takes longer than it may. `log` has its last lines. */
export type Setup = { state: 'ready' } | { state: 'failed' | 'unfinished'; log: string };

export interface ProviderHealth {
  ok: boolean;
  /** One line each, for `doctor`: what holds, what does not, and what to do. */
  findings: readonly { ok: boolean; what: string; remedy?: string }[];
}

/**
 * A stateless, idempotent driver. Every verb may be called again after any outcome, by another process, and then finishes
 * what the first call began: `create` adopts what already carries the name and tags, `destroy` of nothing is success.
 * Every verb rejects with a ProviderError and ends soon after `signal` is aborted.
 */
export interface Provider {
  readonly name: string;
  /** What people call it, e.g. `Docker`. */
  readonly title: string;
  /** The longest a create may take, milliseconds; the reaper's grace period is longer. */
  readonly longestCreateMs: number;
  /** What jobs get beyond the time they have anywhere: machines boot, and are put away, slower than containers. Milliseconds. */
  readonly patienceMs: number;
  /** vCPUs and memory this provider can give one box; larger sizes are clamped (vCPU) and the reply says so. */
  readonly maximumCpus: number | undefined;
  /** Memory in MiB that running boxes may use together, or undefined where the provider has no such budget. */
  readonly memoryBudgetMiB: number | undefined;
  /** How many boxes the installation may have here, homes of destroyed ones included; undefined where nobody is paid for them. */
  readonly mostBoxes: number | undefined;
  /** Host ports from which each box gets one for its life, or undefined where boxes have addresses of their own. */
  readonly ports: { first: number; last: number } | undefined;
  /** Whether a home can outlive its destroyed box for a while, so that the box can come back. */
  readonly keepsHomes: boolean;
  /** Whether homes can be kept as snapshots, and new homes made of them. A single host or home may refuse all the same, with `invalid`. */
  readonly takesSnapshots: boolean;
  /** Whether a new box goes on setting itself up once people can log in. */
  readonly setsUp: boolean;

  /** Where people may have their boxes, and what these may be made of; undefined where there is nothing to choose. */
  readonly regions: Offer | undefined;
  readonly images: Offer | undefined;

  /** What boxes cost; undefined where nobody is paid for them. */
  readonly prices: ((context: CallContext) => Promise<Prices>) | undefined;

  /** Whether its limit on requests has us wait now: it answers, and calls take longer. Left out where there is no such limit. */
  readonly slowed?: (() => boolean) | undefined;

  /** Once per process before the first job: network, rules, image. May be called again. */
  prepare(context: CallContext): Promise<void>;
  /** One cheap call with our log-in, for readiness: rejects where nobody answers it, or not us. Where it is left out `check` is cheap enough. */
  readonly answers?: ((context: CallContext) => Promise<void>) | undefined;
  /** Reachable and able to make boxes? Never throws. */
  check(context: CallContext): Promise<ProviderHealth>;
  /**
   * Refuses with a ProviderError when no box may be made or started now (disk nearly full). What keeps boxes apart is not asked here:
   * `create` and `start` make sure of it themselves, at the moment a box starts.
   */
  admit(context: CallContext): Promise<void>;
  /** Puts back what keeps running boxes apart where somebody took it away; asked again and again. Rejects with `isolation` where it cannot. */
  protect(context: CallContext): Promise<void>;
  /**
   * Makes the box's home, of the snapshot `from` where there is one, or adopts the home that exists; never empties one. `note` goes behind
   * the progress line (`10 GiB`), `region` is where it lies. Rejects with `snapshot_gone`, with `invalid` where the snapshot does not fit into
   * a home of that size or lies in another region than the one asked for, and with `sold_out` where that region has no room.
   */
  ensureHome(box: BoxSpec, context: CallContext): Promise<{ note: string; region?: string | undefined }>;
  /** Makes the instance on the home, or adopts the one that exists, and starts it. */
  create(box: BoxSpec, context: CallContext): Promise<InstanceView>;
  /** Starts a stopped instance; does nothing to a running one. Rejects with `vanished` when there is none. */
  start(box: BoxSpec, context: CallContext): Promise<InstanceView>;
  /** Waits until SSH answers with the pinned host key; any other key is `host_key_mismatch` and final. */
  reach(box: BoxSpec, instance: InstanceView, context: CallContext): Promise<Endpoint>;
  /** Follows what a new box sets up, until that is over or takes too long; people use the box meanwhile. `ready` at once where there is nothing. */
  followSetup(box: BoxSpec, endpoint: Endpoint, context: CallContext): Promise<Setup>;
  /** Stops it gracefully, then firmly. A stopped or missing instance is success. */
  stop(box: LiveBoxRef, context: CallContext): Promise<void>;
  /** Removes this incarnation's instance, not the home. A missing one is success. */
  destroy(box: BoxRef, context: CallContext): Promise<void>;
  /** Removes the home for good. A missing one is success. Its snapshots stay. */
  destroyHome(box: BoxRef, context: CallContext): Promise<void>;
  /**
   * Keeps the box's home as it is at one moment, whether the box runs or not; `snapshotId` is a UUIDv7. Once it is whole, further calls with
   * this id adopt it: the same figures, no other moment. Rejects with `invalid` where this home cannot be kept, or not while the box runs.
   */
  snapshotHome(box: LiveBoxRef, snapshotId: string, context: CallContext): Promise<Pick<SnapshotView, 'bytes'>>;
  /** Every whole snapshot of this installation. An answer that is not certain is a rejection, never an empty list. */
  snapshots(installId: string, context: CallContext): Promise<readonly SnapshotView[]>;
  /** Removes the snapshot for good; homes that were made of it stay. A missing one is success. */
  destroySnapshot(snapshot: SnapshotRef, context: CallContext): Promise<void>;
  /** The instance of this incarnation, or undefined when the provider says for sure that there is none. */
  inspect(box: BoxRef, context: CallContext): Promise<InstanceView | undefined>;
  /** Every instance that carries this installation's tag. An answer that is not certain is a rejection, never an empty list. */
  list(installId: string, context: CallContext): Promise<readonly InstanceView[]>;
  /** Brings keys and greeting of an existing instance up to date; at once, without a restart. Rejects with `vanished`. */
  configure(box: BoxSpec, context: CallContext): Promise<void>;
  /** Figures of a running or stopped box. Rejects with `vanished`. */
  measure(box: LiveBoxRef, context: CallContext): Promise<Measurement>;
  /**
   * What running boxes do, by box id: all of a batch, with as few calls as the vendor allows. Where it can only be seen from inside, a fixed
   * program of ours is asked in each box.
   * A box that is not in the answer could not be observed. Rejects only when the provider itself is unreachable.
   */
  observe(boxes: readonly LiveBoxRef[], context: CallContext): Promise<ReadonlyMap<string, Observation>>;
  /**
   * Runs a line in a running box. Alone among the verbs it is not idempotent. Rejects with `unavailable` or `host_key_mismatch` when nothing
   * was run, with `timeout` when it was cancelled (and is ended in the box) or the connection was lost (and it may go on).
   */
  exec(box: BoxSpec, line: Line, context: CallContext): Promise<Ended>;
}

export const PROVIDER_ERROR_CODES = [
  'unavailable', // not reachable, or an answer of the kind 5xx
  'timeout', // outcome unknown
  'rate_limited',
  'busy', // it answers, and is at work on what it was asked for; nothing was done
  'credentials',
  'quota',
  'sold_out',
  'no_space',
  'isolation',
  'image_missing',
  'port_taken',
  'vanished',
  'snapshot_gone',
  'host_key_mismatch',
  'box_silent', // the box does not answer over SSH; its provider does
  'invalid',
] as const;
export type ProviderErrorCode = (typeof PROVIDER_ERROR_CODES)[number];

/** A provider's failure. `message` is for people, `remedy` for operators unless it says otherwise; the vendor's text is in `cause`. */
export class ProviderError extends ShellboxError<ProviderErrorCode> {
  /** How long the vendor asked us to wait, milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: ProviderErrorCode,
    message: string,
    details: ErrorDetails & { retryAfterMs?: number | undefined } = {},
  ) {
    super(code, message, { ...details, remedyFor: details.remedyFor ?? 'operator' });
    this.name = 'ProviderError';
    this.retryAfterMs = details.retryAfterMs;
  }
}
