// One run of a scenario in a laboratory with one bots and one worker process, one of which dies at a point, or is only watched.
import { setTimeout as delay } from 'node:timers/promises';
import type { When } from '../fakes/points.ts';
import { eventually } from '../support/eventually.ts';
import { settled, type Typed } from './checks.ts';
import type { Laboratory } from './laboratory.ts';
import type { Member, Role } from './member.ts';
import type { Line, Scenario } from './scenarios.ts';

export interface Point {
  role: Role;
  name: string;
}

export interface Crash extends Point {
  when: When;
}

export interface Outcome {
  /** Whether the process came to the point at all; it need not, when it is one of a round's. */
  died: boolean;
  /** What is wrong, in words; nothing when all is as it should be. */
  wrong: readonly string[];
}

export interface CrashBench {
  /** Which points each process comes to. */
  watch(scenario: Scenario): Promise<Point[]>;
  run(scenario: Scenario, crash: Crash): Promise<Outcome>;
  typed(): readonly Typed[];
}

/** A process starts in the middle of it, on a machine that may be busy with others. */
const SETTLE_MS = 180_000;
/** What comes after the end of a command, such as sealing, takes a moment more. */
const AFTER_MS = 700;

/**
 * What is taken away after each run: nothing, or its box, where more would not fit; or what keeps boxes apart too, so that each run comes to
 * where it is made.
 */
export type Tidies = 'nothing' | 'box' | 'box and protection';

export function createCrashBench(lab: Laboratory, tidies: Tidies): CrashBench {
  const typed: Typed[] = [];
  let people = 0;

  async function say(person: string, line: string): Promise<string> {
    const thread = await lab.chat.type(person, line);
    typed.push({ thread, line });
    return eventually(`an answer to "${line}"`, () => finalsIn(thread)[0]?.text, SETTLE_MS);
  }
  const finalsIn = (thread: string) => lab.chat.messages(thread).filter((message) => message.kind === 'final');
  /** One that died a moment ago has a successor soon. */
  const member = (role: Role): Promise<Member> =>
    eventually(`a ${role}`, () => lab.members().find((one) => one.role === role), SETTLE_MS);
  const settle = () => settled(lab, typed, SETTLE_MS);

  /** Everything up to the line itself; `ask` types that. */
  async function prepare(scenario: Scenario): Promise<{ person: string; ask: () => Promise<string> }> {
    const person = `person-${people++}`;
    const names = { boss: 'boss', other: `${person}-too` };
    const answers: string[] = [];
    const utter = (line: Line): Promise<string> => {
      const { by, text } = typeof line === 'object' ? line : { by: undefined, text: line };
      const typedText = typeof text === 'string' ? text : text({ answers, person });
      return say(by === undefined ? person : names[by], typedText);
    };
    if (tidies === 'box and protection') {
      await settle();
      await lab.place.unprotect();
    }
    for (const line of scenario.before) answers.push(await utter(line));
    await settle();
    return {
      person,
      async ask() {
        const relent = await scenario.trouble?.({ lab, person });
        const [answer] = await Promise.all([utter(scenario.line), relent?.()]);
        return answer;
      },
    };
  }

  async function tidy(person: string): Promise<void> {
    if (tidies === 'nothing') return;
    const left = await boxesOf(lab, person);
    for (const { name, state } of left) if (state !== 'destroyed') await say(person, `destroy ${name} --yes`);
  }

  return {
    typed: () => typed,
    async watch(scenario) {
      const { person, ask } = await prepare(scenario);
      const members = await Promise.all((['bots', 'worker'] as const).map(member));
      for (const one of members) one.order({ do: 'watch' });
      await ask();
      await settle();
      await delay(AFTER_MS);
      const met = await Promise.all(members.map(async (one) => [one.role, await one.met()] as const));
      await tidy(person);
      return met.flatMap(([role, points]) => [...points.keys()].map((name) => ({ role, name })));
    },
    async run(scenario, { role, name, when }) {
      const { person, ask } = await prepare(scenario);
      const victim = await member(role);
      victim.order({ do: 'die', name, when, nth: 1 });
      const replaced = successorOf(lab, victim).then(() => true);
      const answer = await ask();
      await settle();
      const died = (await Promise.race([replaced, delay(AFTER_MS, false)])) || victim.isGone();
      if (died) await replaced;
      else victim.order({ do: 'live' });
      await settle();
      const wrong = await faultsOf(lab, scenario, person, answer);
      await tidy(person);
      return { died, wrong };
    },
  };
}

const successors = new WeakMap<Member, Promise<Member>>();

/** Takes the place of a process at once when it dies, whoever asks and however often, as whatever restarts programs would. */
function successorOf(lab: Laboratory, victim: Member): Promise<Member> {
  const known = successors.get(victim);
  if (known !== undefined) return known;
  const successor = victim.gone.then(() => lab.launch(victim.role));
  successor.catch(() => {}); // the victim may end with the laboratory
  successors.set(victim, successor);
  return successor;
}

async function faultsOf(lab: Laboratory, scenario: Scenario, person: string, answer: string): Promise<string[]> {
  const states = (await boxesOf(lab, person)).map(({ state }) => state).join(', ');
  const faults: string[] = [];
  if (states !== scenario.ends) faults.push(`boxes end as "${states}", not as "${scenario.ends}"`);
  if (!scenario.says.test(answer)) faults.push(`the answer is "${answer.slice(0, 100)}"`);
  return faults;
}

function boxesOf(lab: Laboratory, person: string): Promise<{ name: string; state: string }[]> {
  return lab.sql(
    'SELECT b.name, b.state FROM boxes b JOIN accounts a ON a.id = b.account_id WHERE a.name = $1 ORDER BY b.id',
    [person],
  );
}
