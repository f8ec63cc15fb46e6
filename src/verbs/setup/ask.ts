// Asks the questions of one section; what is not answered stays as it is.

import { fitsEnv } from '../../config/env-edit.ts';
import { faultOf } from '../../config/variables.ts';
import type { Environment } from '../../config.ts';
import type { Question, Section } from './section.ts';

export interface Asker {
  /** One line, typed by somebody. */
  ask(question: string, isSecret: boolean): Promise<string>;
  out(line: string): void;
}

/** What somebody changed, by variable; undefined takes it away. */
export type Answers = Readonly<Record<string, string | undefined>>;

export async function askQuestions({ questions }: Section, set: Environment, asker: Asker): Promise<Answers> {
  const answers: Record<string, string | undefined> = {};
  for (const question of questions) {
    const now = { ...set, ...answers };
    if (question.when?.(now) === false) continue;
    const held = now[question.variable] || undefined;
    const answer = question.make === undefined ? await askOne(question, held, asker) : made(question, held, asker);
    if (answer !== held) answers[question.variable] = answer;
  }
  return answers;
}

function made({ variable, what, make }: Question, held: string | undefined, { out }: Asker): string | undefined {
  out(`${variable}, the ${what}: ${held === undefined ? 'made' : 'set'}`);
  return held ?? make?.();
}

async function askOne(question: Question, held: string | undefined, { ask, out }: Asker): Promise<string | undefined> {
  const { variable, what, where = [], isSecret = false, suggestion, without } = question;
  for (const line of where) out(`  ${line}`);
  const shown = held === undefined ? (suggestion ?? without) : isSecret ? 'set' : held;
  for (;;) {
    const text = await ask(`${what}${shown === undefined ? '' : ` [${shown}]`}: `, isSecret);
    if (text === '' && (held !== undefined || without !== undefined)) return held;
    if (text === '-' && without !== undefined) return undefined;
    const value = text === '' ? suggestion : text;
    const fault = value === undefined ? 'it is needed' : faultIn(variable, value);
    if (fault === undefined) return value;
    out(`  ✗ ${variable}: ${fault}`);
  }
}

function faultIn(variable: Question['variable'], value: string): string | undefined {
  return fitsEnv(value) ? faultOf(variable, value) : 'it cannot stand in a .env file, for its quotes';
}
