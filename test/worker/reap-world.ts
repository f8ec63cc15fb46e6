// One simulated installation: its history, the database that it is left with (this one, an older one, none), lists that lag or are empty,
// and rounds of the reconciler, whose decisions are the real ones. Tells what was removed that should have stayed.
import { instanceName } from '../../src/providers/names.ts';
import type { InstanceView } from '../../src/providers/provider.ts';
import { type Remembered, realign, stateOf } from '../../src/worker/realign.ts';
import { aheadOfBooks, planReap, type Seen, withoutOwner } from '../../src/worker/reap-plan.ts';
import { mulberry32 } from '../fakes/seeded-random.ts';

export const INSTALL = 'faultlab';
const OTHER = 'others01';
const FATES = ['the same database', 'restored', 'older, with a mark', 'older, without a mark', 'emptied'] as const;
export type Fate = (typeof FATES)[number];
const ROUNDS = 8;
const RELEASED_IN = 4;
const MOST_EVENTS = 40;
const BEGAN_MS = Date.UTC(2026, 0, 1);

/** A row of `boxes`, and what the world knows to be so. */
interface Box extends Remembered {
  state: 'running' | 'stopped' | 'error' | 'destroyed';
  /** Destroyed, and its home is due. */
  isDue: boolean;
  isPurged: boolean;
}

interface Books {
  beganAtMs: number;
  boxes: Map<string, Box>;
  /** Names that were written down before they were asked for, each with its box. */
  asked: Map<string, string>;
  entries: number;
}

export interface Told {
  fate: Fate;
  quarantined: boolean;
  wrong: string[];
  /** Left over of ours when all rounds were over and nothing was in their way. */
  left: string[];
  removed: number;
}

export function liveThrough(seed: number): Told {
  const random = mulberry32(seed);
  const chance = (share: number) => random() < share;
  const pick = <T>(all: readonly T[]): T | undefined => all[Math.floor(random() * all.length)];
  const fate = FATES[seed % FATES.length] ?? 'restored';
  let now = BEGAN_MS;
  const newId = (): string => {
    now += 1 + Math.floor(random() * 60_000);
    const time = now.toString(16).padStart(12, '0');
    const rest = Array.from({ length: 15 }, () => Math.floor(random() * 16).toString(16)).join('');
    return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(0, 3)}-8${rest.slice(3, 6)}-${rest.slice(3, 15)}`;
  };
  let books: Books = { beganAtMs: BEGAN_MS, boxes: new Map(), asked: new Map(), entries: 0 };
  const world = new Map<string, InstanceView & { installId: string }>();
  const homes = new Set<string>();
  /** Made by late calls: nobody ever was in one, unless its box was started on it since. */
  const late = new Set<string>();
  const told: Told = { fate, quarantined: false, wrong: [], left: [], removed: 0 };

  function make(boxId: string, incarnation: number, running = true, installId = INSTALL): string {
    const name = instanceName(installId, boxId, incarnation);
    const view = {
      boxId,
      incarnation,
      instanceName: name,
      ref: name,
      running,
      createdAt: new Date(now),
      endpoint: undefined,
    };
    world.set(name, { ...view, installId });
    return name;
  }
  function ask(box: Box): void {
    books.asked.set(current(box), box.id);
    late.delete(make(box.id, box.incarnation));
    homes.add(box.id);
    Object.assign(box, { state: 'running', desired: 'running' });
  }
  const names = new Map<string, string>();
  function current({ id, incarnation }: Pick<Box, 'id' | 'incarnation'>): string {
    const key = `${id} ${incarnation}`;
    const name = names.get(key) ?? instanceName(INSTALL, id, incarnation);
    names.set(key, name);
    return name;
  }

  /** One thing that happens, in the books and in the world. */
  function happen(): void {
    books.entries += 1;
    const living = [...books.boxes.values()].filter(({ state }) => state !== 'destroyed');
    const ended = [...books.boxes.values()].filter(({ state, isPurged }) => state === 'destroyed' && !isPurged);
    const box = pick(living);
    const kept = pick(ended);
    const what = random();
    if (box === undefined || what < 0.25) {
      const made: Box = {
        id: newId(),
        name: 'box',
        state: 'running',
        desired: 'running',
        incarnation: 1,
        hasHostKey: true,
        isDue: false,
        isPurged: false,
      };
      books.boxes.set(made.id, made);
      ask(made);
    } else if (what < 0.35) {
      Object.assign(box, { state: 'stopped', desired: 'stopped' });
      const view = world.get(current(box));
      if (view !== undefined) world.set(current(box), { ...view, running: false });
    } else if (what < 0.5) {
      // It vanished, and is made again on its home.
      world.delete(current(box));
      box.incarnation += 1;
      ask(box);
    } else if (what < 0.65) {
      world.delete(current(box));
      Object.assign(box, { state: 'destroyed', desired: 'destroyed', isDue: chance(0.5) });
    } else if (what < 0.8 && kept !== undefined) {
      Object.assign(kept, { state: 'stopped', desired: 'stopped', isDue: false });
      if (!chance(0.3)) {
        kept.incarnation += 1;
        ask(kept);
      }
    } else if (what < 0.9) {
      // A call of a lost worker arrives late: of an incarnation that the box has left behind, or of a destroyed one.
      const whose = kept !== undefined && chance(0.5) ? kept : box;
      const incarnation = whose.state === 'destroyed' ? whose.incarnation : whose.incarnation - 1;
      if (books.asked.has(current({ ...whose, incarnation }))) late.add(make(whose.id, incarnation));
    } else if (kept?.isDue === true) {
      kept.isPurged = true;
      kept.hasHostKey = false;
      homes.delete(kept.id);
    }
  }

  const events = 5 + Math.floor(random() * MOST_EVENTS);
  const backupAt = Math.floor(random() * events);
  let backup = structuredClone(books);
  for (let event = 0; event < events; event++) {
    if (event === backupAt) backup = structuredClone(books);
    happen();
  }
  const truth = structuredClone(books);
  // A copy of the house somewhere that kept our id, another installation, and somebody's own machine.
  if (chance(0.2)) make(newIdOfAnother(), 1);
  if (chance(0.3)) make(newId(), 1, true, OTHER);
  function newIdOfAnother(): string {
    return `0188aaaa-0000-7${newId().slice(15)}`;
  }
  const others = new Set([...world.values()].flatMap((one) => (truth.boxes.has(one.boxId) ? [] : [one.instanceName])));

  if (fate === 'emptied') books = { beganAtMs: now + 1, boxes: new Map(), asked: new Map(), entries: 0 };
  else if (fate !== 'the same database') books = structuredClone(backup);
  let inQuarantine = fate === 'restored';
  const mark = fate === 'older, with a mark' || fate === 'the same database' ? truth.entries : 0;
  const seen = new Map<string, Seen>();
  const known = new Set<string>();
  const earlier: InstanceView[][] = [];

  /** Certain as it looks, and not always true. */
  function list(round: number): InstanceView[] {
    const present = [...world.values()].filter(({ installId }) => installId === INSTALL);
    earlier.push(present);
    if (round >= ROUNDS - 3) return present;
    if (chance(0.1)) return [];
    return chance(0.2) ? (pick(earlier) ?? present) : present;
  }
  const ownersOf = (): Map<string, { name: string; state: string; current: boolean; busy: boolean }> =>
    new Map(
      [...books.asked].map(([name, boxId]) => {
        const box = books.boxes.get(boxId);
        return [
          name,
          { name, state: box?.state ?? 'destroyed', current: box !== undefined && current(box) === name, busy: false },
        ];
      }),
    );

  for (let round = 0; round < ROUNDS; round++) {
    const found = list(round);
    if (books.entries < mark && !known.has('mark')) inQuarantine = true;
    if (inQuarantine) {
      told.quarantined = true;
      if (round >= RELEASED_IN) release(found);
      continue;
    }
    const seenWorld = { installId: INSTALL, found, owners: ownersOf() };
    const unowned = withoutOwner(seenWorld);
    const incarnations = new Map([...books.boxes.values()].map(({ id, incarnation }) => [id, incarnation]));
    if (aheadOfBooks(seenWorld, { beganAtMs: books.beganAtMs, incarnations, kept: known }).length > 0) {
      inQuarantine = true;
      continue;
    }
    for (const name of seen.keys()) if (!unowned.some((one) => one.instanceName === name)) seen.delete(name);
    for (const { instanceName: name } of unowned)
      seen.set(name, { name, looks: (seen.get(name)?.looks ?? 0) + 1, kept: known.has(name), removalAsked: false });
    for (const { instanceName: name } of planReap(seenWorld, unowned, [...seen.values()]).remove) removed(name);
    for (const box of books.boxes.values()) if (box.state === 'destroyed' && box.isDue && !box.isPurged) purge(box);
    for (const box of books.boxes.values()) if (box.state === 'running' && !world.has(current(box))) remake(box);
  }

  function removed(name: string): void {
    if (!world.delete(name)) return;
    told.removed += 1;
    const owner = [...truth.boxes.values()].find((box) => box.state !== 'destroyed' && current(box) === name);
    if (owner !== undefined && !late.has(name)) told.wrong.push(`${name} is a living box's`);
    if (others.has(name)) told.wrong.push(`${name} is somebody else's`);
  }
  function purge(box: Box): void {
    box.isPurged = true;
    if (!homes.delete(box.id)) return;
    const owner = truth.boxes.get(box.id);
    if (owner !== undefined && (owner.state !== 'destroyed' || !owner.isDue))
      told.wrong.push(`the home of ${box.id} is in use`);
  }
  function remake(box: Box): void {
    const twins = [...world.values()].filter((one) => one.boxId === box.id && one.installId === INSTALL && one.running);
    const owner = truth.boxes.get(box.id);
    const isTwin = owner !== undefined && twins.some((one) => one.instanceName === current(owner));
    if (isTwin) told.wrong.push(`${box.id} is made a second time`);
    if (owner?.state === 'destroyed' && fate !== 'the same database')
      told.wrong.push(`${box.id} is made again unasked`);
  }
  /** As `lookInQuarantine` does it: asked for each box of which the list shows nothing. */
  function release(found: readonly InstanceView[]): void {
    const rows = [...books.boxes.values()].filter(({ isPurged }) => !isPurged);
    const more = rows.flatMap((box) =>
      found.some(({ boxId }) => boxId === box.id) ? [] : (world.get(current(box)) ?? []),
    );
    for (const change of realign(INSTALL, rows, [...found, ...more])) {
      const box = books.boxes.get(change.box.id);
      if (box === undefined) continue;
      if (change.kind === 'missing') Object.assign(box, { state: 'error', desired: 'stopped' });
      else {
        const state = stateOf(change.instance);
        Object.assign(box, { state, desired: state, incarnation: change.instance.incarnation, isDue: false });
        books.asked.set(change.instance.instanceName, box.id);
      }
    }
    // A week longer.
    for (const box of books.boxes.values()) box.isDue = false;
    for (const one of found) known.add(one.instanceName);
    known.add('mark');
    inQuarantine = false;
  }

  if (fate === 'the same database') {
    const owners = ownersOf();
    told.left = withoutOwner({ installId: INSTALL, found: list(ROUNDS), owners }).flatMap((one) =>
      owners.has(one.instanceName) ? [one.instanceName] : [],
    );
  }
  return told;
}
