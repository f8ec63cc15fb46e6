// Commands of two words: found, helped with, and mended like those of one.
import { describe, expect, test } from 'vitest';
import { parse } from '../../src/commands/parse.ts';
import { COMMANDS } from '../../src/commands/registry.ts';
import { renderCommand } from '../../src/commands/render.ts';
import { ask, lines } from './asked.ts';

const textArgs = (args: object) => Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined));
const read = (line: string) => parse(line, COMMANDS);
const reply = (line: string) => {
  const parsed = read(line);
  if (parsed.kind !== 'usage') throw new Error(`${line} was understood`);
  return lines(parsed.reply).map((text) => text.trim());
};

test.each(['admin tier chat:team:ana pro', 'ADMIN Tier chat:team:ana pro', '/shellbox admin tier chat:team:ana pro'])(
  '%s is one command with its own parameters',
  (line) => {
    const parsed = read(line);
    expect(parsed).toMatchObject({
      kind: 'command',
      command: { name: 'admin tier' },
      args: { who: 'chat:team:ana', tier: 'pro' },
    });
    if (parsed.kind === 'command')
      expect(renderCommand(parsed.command, parsed.args)).toBe('admin tier chat:team:ana pro');
  },
);

describe('a slip', () => {
  test.each([
    ['admin teir chat:team:ana pro', 'admin tier chat:team:ana pro'],
    ['admni tier chat:team:ana pro', 'admin tier chat:team:ana pro'],
    ['admin suspned <@U1>', 'admin suspend <@U1>'],
    ['admin tier chat:team:ana prp', 'admin tier chat:team:ana pro'],
  ])('%s is mended to %s', (line, fix) => {
    expect(reply(line)).toContain(fix);
  });

  test('of the second word that is near nothing leads to the list', () => {
    expect(reply('admin xyzzy')).toEqual(['No command "admin xyzzy". All of them:', 'help admin']);
    expect(reply('admin')[0]).toMatch(/^admin needs a word behind it: .*claim.* or /);
  });
});

describe('help', () => {
  const help = async (line: string, who: Parameters<typeof ask>[2] = { admin: true }) => {
    const parsed = read(line);
    if (parsed.kind !== 'command') throw new Error(`${line} is no help`);
    return lines(await ask(parsed.command, textArgs(parsed.args), who)).join('\n');
  };

  test.each(['help admin tier', 'admin tier --help', 'admin tier ?'])('%s explains the one', async (line) => {
    expect(await help(line)).toContain('Usage: admin tier <who> <free|pro|unlimited>');
  });

  test.each(['help admin', 'admin --help'])('%s lists them all to operators', async (line) => {
    const said = await help(line);
    for (const { name } of COMMANDS.filter((one) => one.name.startsWith('admin '))) expect(said).toContain(name);
  });

  test('shows others only how to become one', async () => {
    expect(await help('help admin', {})).not.toContain('admin suspend');
    expect(await help('help', {})).toContain('admin claim <code>');
    expect(await help('help')).toMatch(/admin … +\d+ commands; to see them: help admin/);
  });
});
