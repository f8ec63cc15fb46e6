// What is asked while a process dies: each command that writes, what comes before it, what befalls the house, and how things stand when it
// is done.
import {
  instanceVanishes,
  keptTimeEnds,
  nobodyUsesIt,
  protectionGoes,
  providerHangs,
  stopIsNear,
  type Trouble,
  workerIsLate,
} from './troubles.ts';

interface Said {
  /** What was answered before, oldest first. */
  answers: readonly string[];
  /** The name of whoever has the boxes. */
  person: string;
}

type Text = string | ((said: Said) => string);

/** A line of the person whose boxes are looked at, or of somebody else: `boss` is an operator, `other` somebody of their own. */
export type Line = Text | { by: 'boss' | 'other'; text: Text };

export interface Scenario {
  name: string;
  before: readonly Line[];
  trouble?: Trouble;
  line: Line;
  /** What the answer says. A command that was done, and whose answer came to nothing, is not done again. */
  says: RegExp;
  /** The states of the person's boxes, the oldest first; empty: there is none. */
  ends: string;
}

const SPINUP = 'spinup box-one';
const DESTROY = 'destroy box-one --yes';
const SNAPSHOT = 'snapshot create box-one as-it-was';
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEzmdszx/VzptZMG+TfThldmZW/8c57oadh3pLuLlBXe ana@laptop';

/** A line of the list, with its sign; a refusal has the name in quotes. */
const LISTED = /[^\w\s"] box-one\b/;

/** The code of the last question. */
const confirming = ({ answers }: Said): string => `confirm ${/confirm (\d+)/.exec(answers.at(-1) ?? '')?.[1]}`;
const linking = ({ answers }: Said): string => `${/link \w+/.exec(answers.at(-1) ?? '')}`;
const removingKey = ({ answers }: Said): string => `keys remove ${/SHA256:\S+/.exec(answers.at(-1) ?? '')}`;
const byBoss = (verb: string, rest = '') =>
  ({ by: 'boss', text: ({ person }: Said) => `admin ${verb} chat:team:${person} ${rest}`.trim() }) as const;

/** Each command that writes, as people type it. */
const COMMANDS: readonly Scenario[] = [
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
  { name: 'destroy', before: [SPINUP], line: DESTROY, says: /destroyed/, ends: 'destroyed' },
  { name: 'destroy asks', before: [SPINUP], line: 'destroy box-one', says: /confirm \d+/, ends: 'running' },
  { name: 'confirm', before: [SPINUP, 'destroy box-one'], line: confirming, says: /destroyed/, ends: 'destroyed' },
  { name: 'undestroy', before: [SPINUP, DESTROY], line: 'undestroy box-one', says: /box-one is back/, ends: 'stopped' },
  {
    name: 'snapshot create',
    before: [SPINUP],
    line: SNAPSHOT,
    says: /Snapshot as-it-was of box-one is kept/,
    ends: 'running',
  },
  {
    name: 'snapshot delete',
    before: [SPINUP, SNAPSHOT],
    line: 'snapshot delete as-it-was --yes',
    says: /Snapshot as-it-was is deleted/,
    ends: 'running',
  },
  {
    name: 'spinup --from',
    before: [SPINUP, SNAPSHOT, DESTROY],
    line: 'spinup box-two --from as-it-was',
    says: /box-two is ready/,
    ends: 'destroyed, running',
  },
  { name: 'extend', before: [SPINUP], line: 'extend box-one 4h', says: /box-one stays until/, ends: 'running' },
  {
    name: 'set idle',
    before: [SPINUP],
    line: 'set box-one idle 30m',
    says: /box-one stops once it has been unused for 30/,
    ends: 'running',
  },
  {
    name: 'set wake',
    before: [SPINUP],
    line: 'set box-one wake off',
    says: /A connection does not start box-one/,
    ends: 'running',
  },
  { name: 'set timezone', before: [], line: 'set timezone Europe/Berlin', says: /told in Europe\/Berlin/, ends: '' },
  { name: 'keys add', before: [SPINUP], line: `keys add ${KEY}`, says: /works on box-one now/, ends: 'running' },
  {
    name: 'keys remove',
    before: [SPINUP, `keys add ${KEY}`],
    line: removingKey,
    says: /opens your boxes no more/,
    ends: 'running',
  },
  { name: 'notify', before: [], line: 'notify warning off', says: /From now on:/, ends: '' },
  { name: 'link', before: ['notify warning off'], line: 'link', says: /link \w+/, ends: '' },
  {
    name: 'link somebody new',
    before: ['notify warning off', 'link'],
    line: { by: 'other', text: linking },
    says: /speaks for/,
    ends: '',
  },
  {
    name: 'join accounts',
    before: [SPINUP, { by: 'other', text: 'notify warning off' }, 'link', { by: 'other', text: linking }],
    line: { by: 'other', text: confirming },
    says: /belong to/,
    ends: 'running',
  },
  { name: 'list', before: [SPINUP], line: 'list', says: LISTED, ends: 'running' },
  { name: 'admin tier', before: [SPINUP], line: byBoss('tier', 'pro'), says: /pro/, ends: 'running' },
  { name: 'admin suspend', before: [SPINUP], line: byBoss('suspend'), says: /suspended/, ends: 'running' },
  {
    name: 'admin resume',
    before: [SPINUP, byBoss('suspend')],
    line: byBoss('resume'),
    says: /may use Shellbox again/,
    ends: 'running',
  },
];

/** What comes over boxes without a command, or in the middle of one. */
const TROUBLES: readonly Scenario[] = [
  {
    name: 'a worker that is late',
    before: [SPINUP],
    trouble: workerIsLate,
    line: 'stop box-one',
    says: /box-one is stopped/,
    ends: 'stopped',
  },
  {
    name: 'a provider that hangs',
    before: [SPINUP],
    trouble: providerHangs,
    line: 'stop box-one',
    says: /box-one is stopped/,
    ends: 'stopped',
  },
  {
    name: 'an instance that is gone',
    before: [SPINUP],
    trouble: instanceVanishes,
    line: 'list',
    says: LISTED,
    ends: 'running',
  },
  { name: 'a warning', before: [SPINUP], trouble: stopIsNear, line: 'list', says: LISTED, ends: 'running' },
  { name: 'an idle stop', before: [SPINUP], trouble: nobodyUsesIt, line: 'list', says: LISTED, ends: 'stopped' },
  {
    name: 'the end of a home',
    before: [SPINUP, DESTROY],
    trouble: keptTimeEnds,
    line: 'list',
    says: /You have no boxes/,
    ends: 'destroyed',
  },
];

export const SCENARIOS: readonly Scenario[] = [...COMMANDS, ...TROUBLES];

/** What keeps boxes apart: the host's rules, a vendor's firewall. */
const UNPROTECTED: Scenario = {
  name: 'protection that is gone',
  before: [SPINUP, 'stop box-one'],
  trouble: protectionGoes,
  line: 'start box-one',
  says: /box-one is (?:running|ready)/,
  ends: 'running',
};

/** Where boxes are containers of this machine, and no network leads to them. What only the database does is the same there. */
export const SCENARIOS_ON_DOCKER: readonly Scenario[] = [
  ...SCENARIOS.filter(
    ({ name }) => !/^(?:set|keys|link|join|admin|notify|destroy asks|a warning|a provider)/.test(name),
  ),
  UNPROTECTED,
];

/** Where boxes are at a vendor: whatever comes to its driver. */
export const SCENARIOS_IN_CLOUDS: readonly Scenario[] = [
  ...SCENARIOS.filter(({ name }) =>
    /^(?:spinup|stop|start|restart|exec|destroy|undestroy|snapshot|spinup --from|an instance|the end)/.test(name),
  ).filter(({ name }) => name !== 'destroy asks'),
  UNPROTECTED,
];
