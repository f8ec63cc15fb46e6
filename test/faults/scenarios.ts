// What is asked while a process dies: each command that writes, what comes before it, and how things stand when it is done.

/** A line, or one that needs what was answered before, oldest first. */
type Line = string | ((answers: readonly string[]) => string);

export interface Scenario {
  name: string;
  before: readonly Line[];
  line: Line;
  /** What the answer says. A command that was done, and whose answer came to nothing, is not done again. */
  says: RegExp;
  /** The state of the one box; undefined: there is none. */
  ends: 'running' | 'stopped' | 'destroyed' | undefined;
}

const SPINUP = 'spinup box-one';
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEzmdszx/VzptZMG+TfThldmZW/8c57oadh3pLuLlBXe ana@laptop';

/** The code of the last question. */
const confirming: Line = (answers) => `confirm ${/confirm (\d+)/.exec(answers.at(-1) ?? '')?.[1]}`;

export const SCENARIOS: readonly Scenario[] = [
  { name: 'spinup', before: [], line: SPINUP, says: /box-one is ready/, ends: 'running' },
  { name: 'stop', before: [SPINUP], line: 'stop box-one', says: /box-one is stopped/, ends: 'stopped' },
  {
    name: 'start',
    before: [SPINUP, 'stop box-one'],
    line: 'start box-one',
    says: /box-one is (?:running|ready)/,
    ends: 'running',
  },
  { name: 'restart', before: [SPINUP], line: 'restart box-one', says: /box-one is running/, ends: 'running' },
  {
    name: 'exec',
    before: [SPINUP],
    line: 'exec box-one -- echo hello',
    // Whoever comes after one that died does not run it again.
    says: /echo hello · exit status 0|was interrupted while it watched "echo hello"/,
    ends: 'running',
  },
  { name: 'destroy', before: [SPINUP], line: 'destroy box-one --yes', says: /destroyed/, ends: 'destroyed' },
  { name: 'confirm', before: [SPINUP, 'destroy box-one'], line: confirming, says: /destroyed/, ends: 'destroyed' },
  {
    name: 'undestroy',
    before: [SPINUP, 'destroy box-one --yes'],
    line: 'undestroy box-one',
    says: /box-one is back/,
    ends: 'stopped',
  },
  { name: 'extend', before: [SPINUP], line: 'extend box-one 4h', says: /./, ends: 'running' },
  { name: 'set', before: [SPINUP], line: 'set box-one idle 30m', says: /./, ends: 'running' },
  { name: 'keys add', before: [SPINUP], line: `keys add ${KEY}`, says: /SHA256:/, ends: 'running' },
  { name: 'notify', before: [], line: 'notify warning off', says: /./, ends: undefined },
  { name: 'link', before: ['notify warning off'], line: 'link', says: /link \w+/, ends: undefined },
  { name: 'list', before: [SPINUP], line: 'list', says: /box-one/, ends: 'running' },
];
