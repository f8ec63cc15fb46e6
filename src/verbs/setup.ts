// setup: asks for the configuration door by door, tries each token, and writes .env at the end, whole or not at all.
import { editEnv } from '../config/env-edit.ts';
import { writeEnvFile } from '../config/env-write.ts';
import { type Config, type Environment, ownEnvironment, readEnvFile, readEnvironment } from '../config.ts';
import { ShellboxError } from '../errors.ts';
import { readConfig } from './configuration.ts';
import { type Finding, findingOf } from './finding.ts';
import { type Answers, type Asker, askQuestions } from './setup/ask.ts';
import { DISCORD, SLACK } from './setup/chats.ts';
import { SERVERS, SSH } from './setup/ground.ts';
import { EMAIL } from './setup/mail.ts';
import { PLACE } from './setup/place.ts';
import type { Section } from './setup/section.ts';
import type { Run, Surroundings } from './verb.ts';

const SECTIONS: readonly Section[] = [SSH, SLACK, DISCORD, EMAIL, PLACE, SERVERS];
const LOOK_MS = 60_000;
const NEW_FILE = '# Written by "shellbox setup"; .env.example explains every variable.\n';

export const runSetup: Run = async (_words, around, options) => {
  const { cwd, out } = around;
  const before = readEnvironment(cwd);
  if ('check' in options) return (await checkAll(before, around)) ? 0 : 1;
  const terminal = around.terminal();
  if (terminal === undefined)
    throw new ShellboxError('usage', '"shellbox setup" asks, and nobody is at a terminal here.', {
      remedy: 'Write .env after .env.example, and try it with:  shellbox setup --check',
    });
  const signal = around.stopSignal();
  const asker: Asker = { ask: (question, secret) => terminal.ask(question, { secret, signal }), out };
  out(`This writes ${cwd}/.env at its end, and nothing before: Ctrl-C leaves everything as it is.`);
  out('Enter keeps what stands in [brackets]; - takes it away.');
  let answers: Answers = {};
  for (const section of SECTIONS)
    answers = { ...answers, ...(await visit(section, { ...before, ...answers }, asker, around)) };
  await write(before, answers, around);
  return 0;
};

/** Answers that hold, or that somebody wants all the same. */
async function visit(section: Section, set: Environment, asker: Asker, around: Surroundings): Promise<Answers> {
  const { title, about } = section;
  asker.out('');
  const wish = await wishOf(section, set, asker);
  if (wish === 'leave') return {};
  if (wish === 'off') return Object.fromEntries(section.questions.map(({ variable }) => [variable, undefined]));
  for (const line of about) asker.out(line);
  let answers: Answers = {};
  for (;;) {
    answers = { ...answers, ...(await askQuestions(section, { ...set, ...answers }, asker)) };
    if (await check([section], { ...set, ...answers }, around)) return answers;
    const word = await asker.ask(
      `Enter asks again; "keep" keeps these answers, "leave" leaves ${title} as it was: `,
      false,
    );
    if (word === 'keep') return answers;
    if (word === 'leave') return {};
  }
}

async function wishOf(section: Section, set: Environment, { ask, out }: Asker): Promise<'ask' | 'leave' | 'off'> {
  const { title, key, isForGood = false } = section;
  if (key === undefined) {
    out(`── ${title}`);
    return 'ask';
  }
  const isSet = Boolean(set[key]);
  const choices = isForGood ? '[y/N]' : '[y/N/off]';
  const word = await ask(`── ${title}: ${isSet ? `set. Change it? ${choices}` : 'set it up? [y/N]'} `, false);
  if (isSet && !isForGood && word === 'off') return 'off';
  return /^y/i.test(word) ? 'ask' : 'leave';
}

async function checkAll(set: Environment, around: Surroundings): Promise<boolean> {
  return await check(SECTIONS.filter(isOn(set)), set, around);
}

const isOn =
  (set: Environment) =>
  ({ key }: Section): boolean =>
    key === undefined || Boolean(set[key]);

/** Says what is right and what is not; false when something has to be done about these answers. */
async function check(sections: readonly Section[], set: Environment, around: Surroundings): Promise<boolean> {
  const findings = await look(sections, set, around);
  for (const { ok, what, remedy, isMinor, isAhead } of findings) {
    around.out(`${ok ? '✓' : isMinor === true || isAhead === true ? '!' : '✗'} ${what}`);
    if (!ok && remedy !== undefined) around.out(`    ${remedy}`);
  }
  return findings.every(({ ok, isMinor, isAhead }) => ok || isMinor === true || isAhead === true);
}

async function look(sections: readonly Section[], set: Environment, around: Surroundings): Promise<Finding[]> {
  try {
    const config = configOf(set, around);
    const findings: Finding[] = [];
    for (const section of sections) {
      const signal = AbortSignal.any([around.stopSignal(), AbortSignal.timeout(LOOK_MS)]);
      findings.push(...(await section.look(config, signal)));
    }
    return findings;
  } catch (error) {
    return [findingOf('the configuration', error)];
  }
}

/** Of an environment that counts over .env, in which an empty text unsets. */
function configOf(set: Environment, { cwd }: Surroundings): Config {
  const all = Object.fromEntries(Object.entries(set).map(([name, value]) => [name, value ?? '']));
  return readConfig(cwd, () => {}, all);
}

async function write(set: Environment, answers: Answers, around: Surroundings): Promise<void> {
  const { cwd, out } = around;
  const names = Object.keys(answers);
  out('');
  if (names.length === 0) out('Nothing was changed.');
  else {
    const path = await writeEnvFile(cwd, editEnv(readEnvFile(cwd) ?? NEW_FILE, answers));
    out(`✓ ${path} is written, readable for its owner alone. Changed: ${names.join(', ')}.`);
  }
  const own = ownEnvironment();
  for (const name of names.filter((each) => own[each] && own[each] !== answers[each]))
    out(`! ${name} is set in the environment, too; unless that comes from this file, it wins over it.`);
  out('Next:  shellbox start   (or restart it); beside it  shellbox doctor  looks at everything.');
  const all = { ...set, ...answers };
  const config = configOf(all, around);
  for (const section of SECTIONS.filter(isOn(all))) for (const line of section.next(config)) out(line);
}
