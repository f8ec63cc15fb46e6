// What a driver's test hands to the contract suite, and the boxes the suite makes and takes away with it.
import { inspect } from 'node:util';
import { v7 as uuidv7 } from 'uuid';
import { expect } from 'vitest';
import {
  type BoxRef,
  type BoxSpec,
  type CallContext,
  type InstanceView,
  PROVIDER_ERROR_CODES,
  type Provider,
  ProviderError,
  type ProviderErrorCode,
} from '../../src/providers/provider.ts';
import { nextIncarnation } from './provider-spec.ts';

/** A driver ready for the suite. Only the first four are needed; tests that lack the others are skipped by name. */
export interface ContractSubject {
  provider: Provider;
  /** The installation that `makeSpec` uses when it is not told another one. */
  installId: string;
  /** A new box; a given `installId` must be taken over and be in the instance name. See `makeBoxSpec`. */
  makeSpec(overrides?: Partial<BoxSpec>): BoxSpec;
  /** Takes away what the driver's test itself made; the suite's boxes are gone by then. */
  cleanup(): Promise<void>;
  /** A second driver on the same cloud, as another process has it; proves that nothing is kept in memory. */
  another?: Provider;
  home?: {
    /** A text in the home of a box that is running. */
    write(box: BoxSpec, text: string): Promise<void>;
    read(box: BoxSpec): Promise<string | undefined>;
    /** How large the home is, as the box sees it: a bit less than was asked for. */
    sizeGiB(box: BoxSpec): Promise<number>;
  };
  /** Snapshots one after the other, of a home in which everything changes all the time. */
  changing?: {
    /** How many of them are compared with what was true. */
    times: number;
    /** Begins to change the home of a running box. */
    begin(box: BoxSpec): Promise<ChangingHome>;
  };
  /** Where a box that is running lies and what it was made of, seen without the driver; of drivers that offer a choice. */
  whereabouts?(box: BoxRef): Promise<{ home: string | undefined; instance: string | undefined; image: unknown }>;
  /** The `authorized_keys` lines that a running box goes by. */
  readKeys?(box: BoxSpec): Promise<readonly string[]>;
  /** What people do in a box that is running. */
  work?: {
    /** Keeps a processor busy; resolves to the name of the program. */
    busy(box: BoxSpec): Promise<string>;
    /** Starts a program that does nothing; resolves to its name. */
    sleeping(box: BoxSpec): Promise<string>;
    /** Some kilobytes over its interface. */
    traffic(box: BoxSpec, instance: InstanceView): Promise<void>;
    /** A command under `shellbox-hold`; resolves to what ends it. */
    hold(box: BoxSpec): Promise<() => Promise<void>>;
  };
  /** A driver whose cloud does not answer. */
  unreachable?: Provider;
  /** What people and accidents do behind the driver's back. */
  tamper?: {
    removeInstance(box: BoxRef): Promise<void>;
    /** Makes an instance without our tags; resolves to what takes it away again. */
    plantStranger?(): Promise<() => Promise<void>>;
  };
  /** What exists, seen without the driver: instance names, box ids and snapshot ids of one installation. */
  ledger?: {
    instances(installId: string): Promise<string[]>;
    homes(installId: string): Promise<string[]>;
    /** Those that are not whole, too. */
    snapshots(installId: string): Promise<string[]>;
  };
  capabilities?: {
    /** Milliseconds that one call may take here. Default 60,000. */
    callMs?: number;
    /** Milliseconds after an abort in which a call must have ended. Default 2,000. */
    abortMs?: number;
    /** Milliseconds after the start of a create at which it is aborted, one try for each. */
    abortCreateAfterMs?: readonly number[];
    /** What is stopped is put away, and comes back under another ref. Default false. */
    putsAway?: boolean;
  };
}

/** A home that a program changes all the time. */
export interface ChangingHome {
  /** Waits until it has changed once more. */
  changed(): Promise<void>;
  /** Ends the program; resolves to a hash of each tree that was there, in order. */
  end(): Promise<readonly string[]>;
  /** The hash of the tree in the home of a running box. */
  hash(box: BoxSpec): Promise<string>;
}

/** The subject with what the suite needs around it. */
export interface Boxes {
  subject: ContractSubject;
  provider: Provider;
  /** `another` where there is one. */
  second: Provider;
  /** A box that is taken away after the test. */
  spec(overrides?: Partial<BoxSpec>): BoxSpec;
  /** The next incarnation of a box, taken away after the test as well. */
  next(box: BoxSpec): BoxSpec;
  /** A context with a deadline, for one call. */
  context(): CallContext;
  /** A box with home and running instance. */
  running(overrides?: Partial<BoxSpec>): Promise<{ box: BoxSpec; view: InstanceView }>;
  /** What an instance is known by that was stopped since. */
  sameAs(view: InstanceView): Partial<InstanceView>;
  /** Names of this installation's instances: the driver's list, checked against the ledger where there is one. */
  names(installId?: string): Promise<string[]>;
  /** Box ids of this installation's homes, undefined where nobody can count them. */
  homes(): Promise<string[] | undefined>;
  /** Ids of this installation's snapshots, with the remains of half ones; undefined where nobody can count them. */
  snapshots(): Promise<string[] | undefined>;
  /** The id of a snapshot that is taken away after the test. */
  snapshotId(): string;
  takeAway(): Promise<void>;
}

export function trackBoxes(subject: ContractSubject): Boxes {
  const { provider, installId } = subject;
  const made: BoxSpec[] = [];
  const snapshotIds: string[] = [];
  const callMs = subject.capabilities?.callMs ?? 60_000;
  const context = () => ({ signal: AbortSignal.timeout(callMs) });
  const track = (box: BoxSpec) => {
    made.push(box);
    return box;
  };
  const spec = (overrides: Partial<BoxSpec> = {}) => track(subject.makeSpec(overrides));
  return {
    subject,
    provider,
    second: subject.another ?? provider,
    spec,
    next: (box) => track(nextIncarnation(box)),
    context,
    async running(overrides) {
      const box = spec(overrides);
      await provider.ensureHome(box, context());
      return { box, view: await provider.create(box, context()) };
    },
    sameAs: ({ instanceName, ref }) => (subject.capabilities?.putsAway ? { instanceName } : { ref }),
    async names(of = installId) {
      const listed = (await provider.list(of, context())).map((view) => view.instanceName).sort();
      if (subject.ledger !== undefined) expect(listed).toEqual((await subject.ledger.instances(of)).sort());
      return listed;
    },
    homes: async () => (await subject.ledger?.homes(installId))?.sort(),
    snapshots: async () => (await subject.ledger?.snapshots(installId))?.sort(),
    snapshotId() {
      const id = uuidv7();
      snapshotIds.push(id);
      return id;
    },
    async takeAway() {
      for (const snapshotId of snapshotIds.splice(0))
        await provider.destroySnapshot({ installId, snapshotId }, context());
      const boxes = made.splice(0);
      for (const box of boxes) await provider.destroy(box, context());
      for (const box of boxes) await provider.destroyHome(box, context());
    },
  };
}

/** The ProviderError that a call rejects with; anything else, or a secret in it, fails the test. */
export async function failure(call: Promise<unknown>, box?: BoxSpec): Promise<ProviderError> {
  const error: unknown = await call.then(
    (value) => expect.fail(`the call resolved with ${inspect(value)}`),
    (rejection: unknown) => rejection,
  );
  if (!(error instanceof ProviderError)) throw new Error(`not a ProviderError: ${inspect(error)}`, { cause: error });
  expect(PROVIDER_ERROR_CODES).toContain(error.code);
  expect(error.message).not.toBe('');
  if (box !== undefined) expectNoSecret(error, box);
  return error;
}

export async function failureCode(call: Promise<unknown>, box?: BoxSpec): Promise<ProviderErrorCode> {
  return (await failure(call, box)).code;
}

/** Looks through causes and hidden properties for any line of the box's private host key. */
export function expectNoSecret(value: unknown, box: BoxSpec): void {
  const text = inspect(value, { depth: 20, showHidden: true, maxStringLength: null, maxArrayLength: null });
  const plain = text.replaceAll('\\n', '\n');
  for (const line of box.hostKey.privateKey.reveal().split('\n')) {
    if (line.length > 0 && !line.startsWith('-----'))
      expect(plain.includes(line), 'a line of the host key').toBe(false);
  }
}
