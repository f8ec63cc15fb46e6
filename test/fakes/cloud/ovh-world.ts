// What an OVH project of tests has, and what becomes of it: calls that take their time, by a clock that the test turns.
import { randomUUID } from 'node:crypto';
import type { FakeDisk } from './disk.ts';
import { createLag, type Lag } from './lists.ts';
import type { CloudReply } from './openapi-server.ts';

export interface FakeInstance {
  id: string;
  name: string;
  region: string;
  status: string;
  madeAtMs: number;
  flavorId: string;
  imageId: string;
  userData: string;
  address: string | undefined;
}

export interface FakeVolume {
  id: string;
  name: string;
  region: string;
  status: string;
  madeAtMs: number;
  size: number;
  /** The snapshot that it was made of. */
  from: string | undefined;
  disk: FakeDisk;
  attachedTo: string[];
}

export interface FakeVolumeSnapshot {
  id: string;
  volumeId: string;
  name: string;
  description: string;
  region: string;
  status: string;
  madeAtMs: number;
  size: number;
  disk: FakeDisk;
}

/** What a machine boots with; whoever puts a real one behind it answers with its address. */
export type OnBoot = (machine: Readonly<FakeInstance>) => string;

export interface OvhWorld {
  readonly instances: Map<string, FakeInstance>;
  readonly volumes: Map<string, FakeVolume>;
  readonly snapshots: Map<string, FakeVolumeSnapshot>;
  readonly lag: Lag;
  nowMs(): number;
  /** True while a call on it is under way; what comes meanwhile is refused. */
  isBusy(id: string): boolean;
  /** Begins what takes some time on one thing. */
  begin(id: string, ms: number, done: () => void): void;
  /** Ends what has had its time. */
  turn(): void;
  boot(instance: FakeInstance): void;
  /** It does not run any more. */
  halt(instance: FakeInstance): void;
  newId(): string;
}

export interface OvhWorldOptions {
  nowMs(): number;
  /** How many times faster than at the vendor things are done; infinitely: at once. */
  timesFaster: number;
  onBoot: OnBoot | undefined;
  onHalt?: ((machine: Readonly<FakeInstance>) => void) | undefined;
}

export function createOvhWorld({ nowMs, timesFaster, onBoot, onHalt }: OvhWorldOptions): OvhWorld {
  const underWay = new Map<string, { atMs: number; done: () => void }>();
  let booted = 0;
  return {
    instances: new Map(),
    volumes: new Map(),
    snapshots: new Map(),
    lag: createLag(nowMs),
    nowMs,
    isBusy: (id) => underWay.has(id),
    begin(id, ms, done) {
      if (timesFaster === Number.POSITIVE_INFINITY) return done();
      underWay.set(id, { atMs: nowMs() + ms / timesFaster, done });
    },
    turn() {
      for (const [id, { atMs, done }] of [...underWay].sort(([, one], [, other]) => one.atMs - other.atMs)) {
        if (atMs > nowMs()) continue;
        underWay.delete(id);
        done();
      }
    },
    boot(instance) {
      booted += 1;
      instance.status = 'ACTIVE';
      instance.address = onBoot?.(instance) ?? `192.0.2.${booted}`;
    },
    halt: (instance) => onHalt?.(instance),
    newId: () => randomUUID(),
  };
}

/** As what stands behind the log-in refuses. */
export function refusal(status: number, kind: string, message: string): CloudReply {
  return { status, body: { class: `Client::${kind}`, message } };
}

export function notFound(what: string): CloudReply {
  return refusal(404, 'NotFound', `${what} does not exist`);
}

/** As OpenStack refuses what does not go with the state of a thing. */
export function conflict(message: string): CloudReply {
  return refusal(409, 'Conflict', message);
}

export const moment = (ms: number): string => new Date(ms).toISOString();
