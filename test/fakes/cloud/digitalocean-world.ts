// What there is at the DigitalOcean of tests, and what is under way there.
import { randomUUID } from 'node:crypto';
import type { FakeDisk } from './disk.ts';
import { createLag, type Lag } from './lists.ts';
import type { CloudReply, CloudRequest } from './openapi-server.ts';

export interface FakeSize {
  slug: string;
  vcpus: number;
  memory: number;
  disk: number;
  price_hourly: number;
  price_monthly: number;
}

export interface FakeDroplet {
  id: number;
  name: string;
  region: string;
  size: FakeSize;
  /** The slug of a public image, or the id of one of ours. */
  image: string | number;
  tags: string[];
  status: 'new' | 'active' | 'off';
  madeAtMs: number;
  address: string | undefined;
  userData: string;
  sshKeys: readonly (string | number)[];
}

export interface FakeVolume {
  id: string;
  name: string;
  region: string;
  sizeGiB: number;
  tags: string[];
  madeAtMs: number;
  dropletId: number | undefined;
  /** The snapshot that it was made of. */
  from: string | undefined;
  disk: FakeDisk;
}

export interface FakeSnapshot {
  id: string;
  name: string;
  volumeId: string;
  region: string;
  volumeGiB: number;
  tags: string[];
  madeAtMs: number;
  disk: FakeDisk;
}

export interface FakeImage {
  id: number;
  name: string;
  dropletId: number;
  region: string;
  diskGB: number;
  madeAtMs: number;
  status: 'available' | 'pending';
}

export interface FakeAction {
  id: number;
  type: string;
  status: 'in-progress' | 'completed' | 'errored';
  dropletId: number;
  region: string;
  startedAtMs: number;
  doneAtMs: number;
  finish(): Promise<void> | void;
}

/** A machine that boots, for who puts something behind its address. */
export interface Booting {
  droplet: Readonly<FakeDroplet>;
  /** As the device's name has it: `/dev/disk/by-id/scsi-0DO_Volume_<name>`. */
  volumes: readonly Readonly<FakeVolume>[];
  /** True for the first boot of a droplet, also of one that was made of an old disk. */
  isFirst: boolean;
}

export interface WorldOptions {
  nowMs?: () => number;
  /** How long actions take; done at the next request by default. */
  actionMs?: number;
  /** The address under which what boots answers. */
  onBoot?: (machine: Booting) => Promise<string> | string;
  /** It was switched off or deleted. */
  onHalt?: (droplet: Readonly<FakeDroplet>) => Promise<void> | void;
  dropletLimit?: number;
  /** Requests in an hour. */
  requestLimit?: number;
  volumeLimit?: number;
  /** Whatever is asked for, a page has no more. */
  mostPerPage?: number;
}

export interface World {
  readonly droplets: Map<number, FakeDroplet>;
  readonly volumes: Map<string, FakeVolume>;
  readonly snapshots: Map<string, FakeSnapshot>;
  readonly images: Map<number, FakeImage>;
  readonly actions: FakeAction[];
  readonly tags: Set<string>;
  readonly keys: Map<string, { id: number; name: string; publicKey: string }>;
  readonly firewalls: Map<string, Record<string, unknown>>;
  /** Droplets made without a key, whose owner got a password by mail. */
  readonly passwordsMailed: string[];
  /** `<size> <region>`, and `<region>` alone for one that takes no new droplets. */
  readonly soldOut: Set<string>;
  /** Names of droplets whose system does not care for a shutdown. */
  readonly stubborn: Set<string>;
  /** Types of actions that will end without success, each once. */
  readonly failing: string[];
  readonly lag: Lag;
  readonly options: WorldOptions;
  nowMs(): number;
  nextId(): number;
  /** Finishes what is done by now; called before each request. */
  settle(): Promise<void>;
  begin(type: string, droplet: FakeDroplet, finish: () => Promise<void> | void): FakeAction;
  isBusy(droplet: FakeDroplet): boolean;
  boot(droplet: FakeDroplet, isFirst: boolean): Promise<void>;
}

const FIRST_ID = 3_164_000;

export function createWorld(options: WorldOptions): World {
  const { nowMs = Date.now, actionMs = 0 } = options;
  let lastId = FIRST_ID;
  let settling = Promise.resolve();

  const world: World = {
    droplets: new Map(),
    volumes: new Map(),
    snapshots: new Map(),
    images: new Map(),
    actions: [],
    tags: new Set(),
    keys: new Map(),
    firewalls: new Map(),
    passwordsMailed: [],
    soldOut: new Set(),
    stubborn: new Set(),
    failing: [],
    lag: createLag(nowMs),
    options,
    nowMs,
    nextId: () => ++lastId,
    settle() {
      settling = settling.then(async () => {
        for (const action of world.actions) {
          if (action.status !== 'in-progress' || action.doneAtMs > nowMs()) continue;
          const failing = world.failing.indexOf(action.type);
          if (failing >= 0) world.failing.splice(failing, 1);
          else await action.finish();
          action.status = failing >= 0 ? 'errored' : 'completed';
        }
      });
      return settling;
    },
    begin(type, { id, region }, finish) {
      const startedAtMs = nowMs();
      const doneAtMs = startedAtMs + actionMs;
      const action: FakeAction = {
        id: ++lastId,
        type,
        status: 'in-progress',
        dropletId: id,
        region,
        startedAtMs,
        doneAtMs,
        finish,
      };
      world.actions.push(action);
      return action;
    },
    isBusy: ({ id }) => world.actions.some(({ dropletId, status }) => dropletId === id && status === 'in-progress'),
    async boot(droplet, isFirst) {
      const volumes = [...world.volumes.values()].filter(({ dropletId }) => dropletId === droplet.id);
      const address = (await options.onBoot?.({ droplet, volumes, isFirst })) ?? `203.0.113.${droplet.id % 250}`;
      Object.assign(droplet, { status: 'active', address });
    },
  };
  return world;
}

export function refused(status: number, id: string, message: string): CloudReply {
  return { status, body: { id, message } };
}
export const notFound = (): CloudReply => refused(404, 'not_found', 'The resource you requested could not be found.');
export const unprocessable = (message: string): CloudReply => refused(422, 'unprocessable_entity', message);

/** One page of a list, with the links that the vendor gives. */
export function pageOf(world: World, request: CloudRequest, name: string, all: readonly unknown[]): CloudReply {
  const { query, url } = request;
  const wanted = Number(query.get('per_page') ?? 20);
  const size = Math.min(wanted, world.options.mostPerPage ?? wanted);
  const page = Number(query.get('page') ?? 1);
  const last = Math.max(1, Math.ceil(all.length / size));
  const linkTo = (number: number): string => {
    const link = new URL(url);
    link.searchParams.set('page', String(number));
    return link.href;
  };
  const forward = page < last ? { next: linkTo(page + 1), last: linkTo(last) } : {};
  const back = page > 1 ? { first: linkTo(1), prev: linkTo(page - 1) } : {};
  const items = all.slice((page - 1) * size, page * size);
  return {
    status: 200,
    body: { [name]: items, links: { pages: { ...forward, ...back } }, meta: { total: all.length } },
  };
}

export function dateOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

export function newUuid(): string {
  return randomUUID();
}

/** What was sent as an object's field, as text. */
export function textIn(body: unknown, name: string): string {
  const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

export function listIn(body: unknown, name: string): readonly unknown[] {
  const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
  return Array.isArray(value) ? value : [];
}
