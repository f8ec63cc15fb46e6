// A line becomes a command with its arguments, or an answer that says what to type.
import { expect, test } from 'vitest';
import { read, refused, understood } from './asking.ts';

test.each([
  ['spinup', { command: 'spinup' }],
  ['spinup mybox', { command: 'spinup', name: 'mybox' }],
  ['spin up mybox', { command: 'spinup', name: 'mybox' }],
  ['Spin Up.', { command: 'spinup' }],
  ['create mybox', { command: 'spinup', name: 'mybox' }],
  ['rm mybox', { command: 'destroy', box: 'mybox' }],
  ['ls', { command: 'list' }],
  ['status mybox', { command: 'info', box: 'mybox' }],
  ['ssh mybox', { command: 'connect', box: 'mybox' }],
  ['spinup mybox --size small', { command: 'spinup', name: 'mybox', size: 'small' }],
  ['spinup --Size=Small mybox', { command: 'spinup', name: 'mybox', size: 'small' }],
  ['spinup --name mybox --size small', { command: 'spinup', name: 'mybox', size: 'small' }],
  ['spinup name:mybox size:small', { command: 'spinup', name: 'mybox', size: 'small' }],
  [
    'spinup --cpu 2 --memory 4 gb --disk 20g mybox --provider docker',
    { command: 'spinup', name: 'mybox', cpu: 2, memory: 4096, disk: 20, provider: 'docker' },
  ],
  ['destroy mybox --YES', { command: 'destroy', box: 'mybox', yes: true }],
  ['keys', { command: 'keys' }],
  ['keys add github:ana', { command: 'keys', action: 'add', value: 'github:ana' }],
  ['confirm 4831', { command: 'confirm', code: '4831' }],
  ['exec mybox make -j 2 "a  b"', { command: 'exec', box: 'mybox', line: 'make -j 2 "a  b"' }],
  ["exec mybox 'make  test'", { command: 'exec', box: 'mybox', line: 'make  test' }],
  ['exec mybox -- --help', { command: 'exec', box: 'mybox', line: '--help' }],
])('%s', (line, expected) => {
  expect(understood(line)).toEqual(expected);
});

const WORDS = { command: 'spinup', cpu: 2, memory: 4096, disk: 20 };
test.each([
  ['provision mybox 2cpu 4gb 20gb', { ...WORDS, name: 'mybox' }],
  ['provision 2cpu 4gb 20gb', WORDS],
  ['spinup 4GB mybox 2vCPUs 20GiB', { ...WORDS, name: 'mybox' }],
  ['spin up 2 cpu 4 gb 20 gb.', WORDS],
  ['provision mybox 2cpu --memory 4g 20gb', { ...WORDS, name: 'mybox' }],
  ['create 512mb', { command: 'spinup', memory: 512 }],
  ['create -- 4gb', { command: 'spinup', name: '4gb' }],
  ['create "2cpu"', { command: 'spinup', name: '2cpu' }],
])('sizes as words: %s', (line, expected) => {
  expect(understood(line)).toEqual(expected);
});

test('sizes as words mean the same as options', () => {
  expect(read('provision mybox 2cpu 4gb 20gb')).toEqual(read('spinup mybox --cpu 2 --memory 4g --disk 20g'));
});

test('a box that is left out is marked, also where more words follow', () => {
  expect(read('stop')).toMatchObject({ kind: 'command', boxMissing: true, args: { box: undefined } });
  expect(read('stop mybox')).toMatchObject({ boxMissing: false });
  expect(read('spinup')).toMatchObject({ boxMissing: false });
  expect(read('extend 4h')).toMatchObject({ boxMissing: true, args: { by: '4h' } });
  expect(read('extend mybox 4h')).toMatchObject({ boxMissing: false, args: { box: 'mybox', by: '4h' } });
});

test('a first word that is a choice of the second parameter leaves the box out, and the rest stays a text', () => {
  expect(understood('set idle 4h')).toEqual({ command: 'set', key: 'idle', value: '4h' });
  expect(understood('set Timezone america/new york')).toEqual({
    command: 'set',
    key: 'timezone',
    value: 'america/new york',
  });
  expect(understood('set mybox idle 1h 30m')).toEqual({ command: 'set', box: 'mybox', key: 'idle', value: '1h 30m' });
  expect(understood('set mybox idle')).toEqual({ command: 'set', box: 'mybox', key: 'idle' });
  expect(understood('set mybox')).toEqual({ command: 'set', box: 'mybox' });
  expect(understood('set')).toEqual({ command: 'set' });
  expect(refused('set mybox idel 4h').fix).toBe('set mybox idle 4h');
});

test('switches always have a value, and nothing but declared parameters is in the arguments', () => {
  const parsed = read('destroy mybox');
  expect(parsed.kind === 'command' && parsed.args).toStrictEqual({ box: 'mybox', yes: false });
});

test.each(['?', 'help', '--help', '-h', 'help.', '–h'])('%s is help', (line) => {
  expect(understood(line)).toEqual({ command: 'help' });
});

test.each([
  'help spinup',
  'spinup --help',
  'spinup mybox -h',
  'create --size small --help',
  'spinup ?',
  '? spinup',
  'help spinup?',
])('%s is the help of spinup', (line) => {
  expect(read(line)).toMatchObject({ kind: 'command', command: { name: 'help' }, args: { command: 'spinup' } });
});

test('the transcript of a bad name', () => {
  expect(refused('@shellbox spin up Pay_Fix')).toEqual({
    fault: 'bad_name',
    said: '"_" cannot be in a box name. Use 3–32 of a–z, 0–9 and -.',
    fix: 'spinup pay-fix',
    buttons: ['spinup pay-fix'],
  });
});

test.each([
  ['spinup list', '"list" is a word of Shellbox', 'spinup list-box'],
  ['spinup a', '"a" has 1 character.', 'spinup a-box'],
  [`spinup ${'a'.repeat(33)}`, 'has 33 characters', `spinup ${'a'.repeat(32)}`],
  ['spinup mybox-', 'begins or ends with -', 'spinup mybox'],
  ['spinup Pay_Fix --size medium 2cpu', '"_" cannot', 'spinup pay-fix --size medium --cpu 2'],
  ['spinup ../../etc', '"." cannot', 'spinup etc'],
  ['spinup $(reboot)', '"$" cannot', 'spinup reboot'],
  ['stop mybox; rm -rf /', '";" cannot', 'stop mybox'],
  ['stop 日本', '"日" (U+65E5) cannot', 'list'],
  ['stop my', '"my" has 2 characters', 'list'],
  ['stop ""', 'cannot be empty', 'list'],
])('a name outside the rule: %s', (line, said, fix) => {
  expect(refused(line)).toMatchObject({ fault: 'bad_name', said: expect.stringContaining(said), fix });
});

test('a button is offered for a new name only, and a line about another box never says --yes by itself', () => {
  expect(refused('spinup My_Box').buttons).toEqual(['spinup my-box']);
  expect(refused('destroy My_Box --yes')).toMatchObject({ fix: 'destroy my-box', buttons: [] });
  expect(refused('destroy mybox other --yes')).toMatchObject({ fix: 'destroy mybox' });
  expect(refused('spinup ..').buttons).toEqual([]);
});

test.each([
  [
    'spinup mybox --szie small',
    'unknown_option',
    'spinup has no option "--szie". Did you mean --size?',
    'spinup mybox --size small',
  ],
  ['destroy mybox -y', 'unknown_option', 'Did you mean --yes?', 'destroy mybox --yes'],
  ['destroy mybox -yes', 'unknown_option', 'Did you mean --yes?', 'destroy mybox --yes'],
  [
    'spinup mybox --privileged',
    'unknown_option',
    'It has --size, --cpu, --memory, --disk, --provider.',
    'spinup mybox',
  ],
  ['spinup --privileged mybox', 'unknown_option', 'no option "--privileged"', 'help spinup'],
  ['list --all', 'unknown_option', 'list has no option "--all". It has none.', 'list'],
  ['spinup --__proto__ x', 'unknown_option', 'no option "--__proto__"', 'help spinup'],
  [
    'spinup mybox --size',
    'missing_value',
    '--size needs a value: small, medium or large.',
    'spinup mybox --size small',
  ],
  ['spinup --size --cpu 2', 'missing_value', '--size needs a value', 'spinup --size small --cpu 2'],
  ['spinup --provider=', 'missing_value', '--provider needs a value', 'help spinup'],
  ['spinup --size small --size large', 'repeated_option', '--size is given twice', 'spinup --size small'],
  ['spinup 4gb --memory 8g', 'repeated_option', '--memory is given twice', 'spinup --memory 4g'],
  ['destroy mybox --yes --yes', 'repeated_option', '--yes is given twice', 'destroy mybox --yes'],
  ['destroy mybox --yes=false', 'bad_value', '--yes takes no value', 'destroy mybox'],
  [
    'spinup mybox --memory 900t',
    'bad_value',
    '--memory takes 256 MiB to 1024 GiB; 900t is too much.',
    'spinup mybox --memory 1024g',
  ],
  ['spinup mybox --cpu -1', 'bad_value', '--cpu takes 1 to 64; -1 is too little.', 'spinup mybox --cpu 1'],
  ['spinup mybox --memory lots', 'bad_value', 'not "lots"', 'spinup mybox --memory 4g'],
  ['keys ad ssh-ed25519 AAAA', 'bad_value', 'action is list, add or remove, not "ad".', 'keys add ssh-ed25519 AAAA'],
  ['keys ssh-ed25519 AAAA', 'bad_value', 'not "ssh-ed25519"', 'help keys'],
  ['confirm', 'missing_argument', 'confirm needs <code>: the code.\nUsage: confirm <code>', 'help confirm'],
  ['stop mybox now', 'extra_words', '"now" is one word too many.\nUsage: stop [box]', 'stop mybox'],
  ['spinup mybox medium', 'extra_words', '"medium" is one word too many.', 'spinup mybox --size medium'],
  ['list everything', 'extra_words', 'Usage: list', 'list'],
  ['spinup "mybox', 'unclosed_quote', 'A quote " is opened and not closed.', 'help spinup'],
  [`stop mybox's`, 'unclosed_quote', "\\' for the character itself", 'help stop'],
])('%s', (line, fault, said, fix) => {
  expect(refused(line)).toMatchObject({ fault, said: expect.stringContaining(said), fix });
});

test('of several faults the first in the line is told', () => {
  expect(refused('spinup My_Box --privileged').fault).toBe('bad_name');
  expect(refused('spinup --privileged My_Box').fault).toBe('unknown_option');
});

test('what was typed is shown cut, and never with what a terminal would act on', () => {
  const { said } = refused(`stop mybox ${'z'.repeat(300)}`);
  expect(said).toContain(`"${'z'.repeat(40)}…"`);
  expect(refused('stop mybox \u202e').said).toContain('"U+202E"');
});
