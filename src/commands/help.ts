// help: every command on one screen, or one of them in full.
import { type Block, misuse, say, text, command as type } from '../threads/reply.ts';
import { shown } from '../threads/shown.ts';
import { type Command, defineCommand } from './command.ts';
import type { CommandContext } from './context.ts';
import { commandNamed, commandsIn, groupNames, nearest } from './suggest.ts';
import { helpBlocks, isOption } from './usage-line.ts';

/** Commands that are shown together, under a title. */
export interface Group {
  title: string;
  commands: readonly Command[];
  /** Seldom needed: of these the overview only has the names. */
  seldom?: readonly Command[];
}

/** `groups` is asked when the command runs, because it holds this command too. */
export function helpCommand(groups: () => readonly Group[]): Command {
  return defineCommand({
    name: 'help',
    aliases: [],
    summary: 'all commands, or one in full',
    examples: ['help', 'help spinup'],
    params: { command: { kind: 'text', about: 'the one to explain' } },
    visibility: 'private',
    audience: 'key',
    readOnly: true,
    async run(context, { command: name }) {
      const shownGroups = groups().map(({ title, commands, seldom = [] }) => ({
        title,
        commands: commands.filter((one) => mayShow(one, context)),
        seldom: seldom.filter((one) => mayShow(one, context)),
      }));
      if (name === undefined) return { kind: 'reply', reply: say(...overview(shownGroups)) };
      const commands = commandsOf(shownGroups);
      const found = commandNamed(commands, name);
      if (found !== undefined) return { kind: 'reply', reply: say(...helpBlocks(found)) };
      const group = commandsIn(commands, name);
      if (group.length > 0) return { kind: 'reply', reply: say(...groupBlocks(group)) };
      const near = nearest(name, [...commands.map((one) => one.name), ...groupNames(commands)]);
      const answer =
        near === undefined
          ? [text(`No command "${shown(name)}". All of them:`), type('help')]
          : [text(`No command "${shown(name)}". Did you mean:`), type(`help ${near}`)];
      return { kind: 'reply', reply: misuse(...answer) };
    },
  });
}

/** All of them, in the order of the groups. */
export function commandsOf(groups: readonly Group[]): Command[] {
  return groups.flatMap(({ commands, seldom = [] }) => [...commands, ...seldom]);
}

/** One table, so that the columns of all groups stand under each other; titles are rows of it. */
function overview(groups: readonly Group[]): Block[] {
  const rows = groups.flatMap(({ title, commands }) => {
    const alone = commands.filter((one) => !one.name.includes(' '));
    const lines = [
      ...alone.map((one) => [`  ${shortForm(one)}`, one.summary]),
      ...groupNames(commands).map((group) => groupLine(group, commandsIn(commands, group))),
    ];
    return lines.length === 0 ? [] : [[title, ''], ...lines];
  });
  const seldom = groups.flatMap((group) => group.seldom ?? []).map((one) => one.name);
  if (seldom.length > 0) rows.push(['Also', seldom.join(', ')]);
  const [head = [], ...rest] = rows;
  return [{ kind: 'table', head, rows: rest }, text('More about one, with examples:'), type('help spinup')];
}

/** Commands that begin with the same word take one line of the list: what there is, as far as it fits. */
function groupLine(group: string, commands: readonly Command[]): string[] {
  const [only] = commands;
  if (only !== undefined && commands.length === 1) return [`  ${shortForm(only)}`, only.summary];
  return [`  ${group} …`, `${commands.length} commands; to see them: help ${group}`];
}

function groupBlocks(commands: readonly Command[]): Block[] {
  const [first] = commands;
  const rows = commands.map((one) => [shortForm(one), one.summary]);
  return [
    { kind: 'table', head: ['command', 'what it does'], rows },
    text('More about one, with examples:'),
    ...(first === undefined ? [] : [type(`help ${first.name}`)]),
  ];
}

/** The name and its words: `spinup [name]`, `confirm <code>`. */
function shortForm(command: Command): string {
  const words = Object.entries(command.params).filter(([, param]) => !isOption(param));
  return [command.name, ...words.map(([name, param]) => (param.required ? `<${name}>` : `[${name}]`))].join(' ');
}

function mayShow(command: Command, { account }: CommandContext): boolean {
  return command.audience !== 'admin' || account?.admin === true;
}
