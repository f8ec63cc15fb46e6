// The commands of this release: what every declaration must keep to, and the help made of them.
import { expect, test } from 'vitest';
import { COMMAND_WORDS } from '../../src/boxes/reserved.ts';
import { parse } from '../../src/commands/parse.ts';
import { COMMANDS, findCommand } from '../../src/commands/registry.ts';
import { usageLine } from '../../src/commands/usage-line.ts';
import { ask, lines } from './asked.ts';

const PROMISED = [
  ...['spinup', 'start', 'stop', 'destroy', 'list', 'info', 'logs', 'connect', 'keys', 'ssh-config'],
  ...['sizes', 'whoami', 'confirm', 'help', 'version'],
];

function command(name: string) {
  const found = findCommand(name);
  if (found === undefined) throw new Error(`no command ${name}`);
  return found;
}

test('every promised command is there, under its aliases too', () => {
  expect(COMMANDS.map((one) => one.name)).toEqual(expect.arrayContaining(PROMISED));
  const aliases = {
    create: 'spinup',
    provision: 'spinup',
    rm: 'destroy',
    ls: 'list',
    status: 'info',
    ssh: 'connect',
    LS: 'list',
  };
  for (const [alias, name] of Object.entries(aliases)) expect(findCommand(alias)?.name).toBe(name);
  expect(findCommand('nonsense')).toBeUndefined();
});

test('no two commands share a word, and no word of a command can be the name of a box', () => {
  const words = COMMANDS.flatMap((one) => [one.name, ...one.aliases]);
  expect(new Set(words).size).toBe(words.length);
  const first = words.flatMap((word) => word.split(' ', 1));
  expect(first.filter((word) => !word.startsWith('-') && !COMMAND_WORDS.has(word))).toEqual([]);
});

test('a text takes the rest of the line, so nothing positional follows it; a box comes first', () => {
  for (const { name, params } of COMMANDS) {
    const kinds = Object.values(params).flatMap((param) =>
      param.kind === 'switch' || ('flag' in param && param.flag) ? [] : [param.kind],
    );
    expect(kinds.slice(0, -1), name).not.toContain('text');
    expect(kinds.slice(1), name).not.toContain('box');
  }
});

test.each(COMMANDS.flatMap((one) => one.examples.map((example) => [example, one.name])))(
  'the example "%s" is understood',
  (example, name) => {
    expect(parse(example, COMMANDS)).toMatchObject({ kind: 'command', command: { name } });
  },
);

test('help fits one screen of 32 lines and 80 columns', async () => {
  const screen = lines(await ask(command('help'), {}));
  expect(screen.length).toBeLessThanOrEqual(32);
  expect(Math.max(...screen.map((line) => line.length))).toBeLessThanOrEqual(80);
  const also = screen.find((line) => line.startsWith('Also '))?.split(/[ ,]+/) ?? [];
  for (const name of PROMISED)
    expect(also.includes(name) || screen.some((line) => line.startsWith(`  ${name} `)), name).toBe(true);
  expect(screen.at(-1)).toBe('  help spinup');
});

test('help of one command says how it is written, what the words mean, and shows examples', async () => {
  const screen = lines(await ask(command('help'), { command: 'create' })).join('\n');
  expect(screen).toContain('Usage: spinup [name] [options]');
  expect(screen).toMatch(/^--size small\|medium\|large {2}\S/m);
  expect(screen).toContain('Also: create, provision');
  expect(screen).toContain('\n  provision mybox 2cpu 4gb 20gb');
});

test('the help of every command fits one screen too', async () => {
  for (const { name } of COMMANDS)
    expect(lines(await ask(command('help'), { command: name })).length, name).toBeLessThanOrEqual(24);
});

test('help of an unknown command names the nearest', async () => {
  const reply = await ask(command('help'), { command: 'stpo' });
  expect(reply.outcome).toBe('usage');
  expect(lines(reply)).toEqual(['No command "stpo". Did you mean:', '  help stop']);
  expect(lines(await ask(command('help'), { command: '\u202exyzzy' }))[0]).toBe(
    'No command "U+202Exyzzy". All of them:',
  );
});

test('usage lines', () => {
  expect(['stop', 'destroy', 'confirm', 'list', 'keys'].map((name) => usageLine(command(name)))).toEqual([
    'stop [box]',
    'destroy [box] [--yes]',
    'confirm <code>',
    'list',
    'keys [list|add|remove] [value]',
  ]);
});

test('version says which', async () => {
  expect(lines(await ask(command('version'), {}))).toEqual(['Shellbox 1.2.3']);
});

test('sizes shows sizes and tiers, and to an account what it may have', async () => {
  const stranger = lines(await ask(command('sizes'), {}));
  expect(stranger).toContain('small   2     4 GiB   10 GiB');
  expect(stranger).toContain('free       small         1');
  expect(stranger).toContain('unlimited  large         no limit');
  expect(stranger.join()).not.toContain('Your tier');
  const pro = lines(await ask(command('sizes'), {}, { tier: 'pro' }));
  expect(pro).toContain('medium  4     8 GiB   50 GiB   ✓');
  expect(pro).toContain('large   8     16 GiB  100 GiB');
  expect(pro.at(-1)).toBe('  spinup mybox --size medium');
});
