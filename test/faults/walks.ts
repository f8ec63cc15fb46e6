// People in a storm: each types a line, waits for its answer and thinks of the next; the seed decides what.
import { createChoice, mulberry32 } from '../fakes/seeded-random.ts';
import { eventually } from '../support/eventually.ts';
import type { Typed } from './checks.ts';
import type { Laboratory } from './laboratory.ts';

const ANSWER_MS = 240_000;

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEzmdszx/VzptZMG+TfThldmZW/8c57oadh3pLuLlBXe ana@laptop';

/** How often each is typed, of the sum of all. */
const LINES: readonly (readonly [number, string])[] = [
  [14, 'spinup box-one'],
  [10, 'stop box-one'],
  [10, 'start box-one'],
  [8, 'destroy box-one --yes'],
  [12, 'list'],
  [12, 'info box-one'],
  [6, 'extend box-one 4h'],
  [4, 'set box-one idle 45m'],
  [4, `keys add ${KEY}`],
  [4, 'whoami'],
  [4, 'logs box-one'],
  [4, 'undestroy box-one'],
  [4, 'restart box-one'],
  [6, 'exec box-one -- echo hello'],
  [3, 'spinup box-two'],
  // Or whoever has this one, and may have no other, has nothing left to do.
  [6, 'destroy box-two --yes'],
  [2, 'help'],
  [2, 'sizes'],
  [1, 'spinup Nö_Such'],
  [1, 'make me a sandwich'],
];
const chooseLine = createChoice(LINES);

export interface Walkers {
  typed: readonly Typed[];
  answered(): number;
  /** Resolves when everybody has the answer to their last line; rejects when one is not answered. */
  done: Promise<unknown>;
}

export interface WalkOptions {
  people: number;
  /** How many each of them types; without end, if `until` ends it. */
  lines: number;
  random: () => number;
  /** When they have what they wanted, whatever is left of their lines. */
  until?: () => boolean;
}

/** `people` type `lines` each, one after the other. */
export function startWalks(lab: Laboratory, { people, lines, random, until }: WalkOptions): Walkers {
  const typed: Typed[] = [];
  let answered = 0;

  async function say(person: string, line: string): Promise<void> {
    const thread = await lab.chat.type(person, line);
    typed.push({ thread, line });
    const isAnswered = () => lab.chat.messages(thread).some((message) => message.kind === 'final');
    await eventually(`an answer to "${line}" of ${person}`, isAnswered, ANSWER_MS);
    answered += 1;
  }
  async function walk(person: string): Promise<void> {
    // A way of their own, so that what somebody types does not depend on who is answered first.
    const own = mulberry32(Math.floor(random() * 2 ** 32));
    await say(person, 'spinup box-one');
    for (let line = 1; line < lines && until?.() !== true; line++) await say(person, chooseLine(own));
  }
  const done = Promise.all(Array.from({ length: people }, (_, person) => walk(`person-${person}`)));
  // Whoever fails before they wait for it ends the laboratory, and with it the walks.
  done.catch(() => {});
  return { typed, answered: () => answered, done };
}
