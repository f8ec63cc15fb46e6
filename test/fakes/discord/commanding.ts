// How a person runs a registered slash command: the client lets them type only what fits its options.
import { type Command, type CommandOption, OPTION_TYPE } from './commands.ts';
import type { Wire } from './wire.ts';
import type { World } from './world.ts';

export type OptionValues = Readonly<Record<string, string | number | boolean>>;

interface Found {
  command: Command;
  /** Subcommand names below it. */
  path: readonly string[];
  options: readonly CommandOption[];
}

/** `spinup` or `shellbox spinup` for a subcommand. Throws when nothing like it is registered. */
function find(world: World, line: string): Found {
  const words = line.replace(/^\//, '').split(' ');
  const commands = world.commands.usable();
  for (const command of commands) {
    const direct = command.body.name === words[0];
    for (const path of direct ? [words.slice(1)] : [words]) {
      const options = optionsAt(command.body.options ?? [], path);
      if (options !== undefined) return { command, path, options };
    }
  }
  const names = commands.map(({ body }) => body.name).join(', ');
  throw new Error(`No command ${line} is registered; there are: ${names}.`);
}

function optionsAt(options: readonly CommandOption[], path: readonly string[]): readonly CommandOption[] | undefined {
  const [name, ...rest] = path;
  if (name === undefined) return options.some(isBranch) ? undefined : options;
  const branch = options.find((option) => isBranch(option) && option.name === name);
  return branch && optionsAt(branch.options ?? [], rest);
}

const isBranch = ({ type }: CommandOption) => type === OPTION_TYPE.subcommand || type === OPTION_TYPE.group;

/** `data` of the interaction. With `focused`, that option is being typed, and nothing is required yet. */
export function commandData(world: World, line: string, values: OptionValues, focused?: string): Wire {
  const { command, path, options } = find(world, line);
  const unknown = Object.keys(values).find((name) => !options.some((option) => option.name === name));
  if (unknown !== undefined) throw new Error(`/${line} has no option ${unknown}.`);
  const given = options.flatMap((option) => {
    const value = values[option.name];
    if (value === undefined) {
      if (option.required === true && focused === undefined) throw new Error(`/${line} wants ${option.name}.`);
      return [];
    }
    if (option.name !== focused) checkValue(option, value);
    else if (option.autocomplete !== true) throw new Error(`${option.name} of /${line} is not completed.`);
    return [{ name: option.name, type: option.type, value, ...(option.name === focused ? { focused: true } : {}) }];
  });
  const nested = path.toReversed().reduce<Wire[]>((inner, name, depth) => {
    const type = depth === 0 ? OPTION_TYPE.subcommand : OPTION_TYPE.group;
    return [{ name, type, options: inner }];
  }, given);
  const guild = command.guildId === undefined ? {} : { guild_id: command.guildId };
  return { id: command.id, name: command.body.name, type: 1, options: nested, ...guild };
}

function checkValue(option: CommandOption, value: string | number | boolean): void {
  const fail = (why: string): never => {
    throw new Error(`Discord's client does not let you give ${String(value)} for ${option.name}: ${why}.`);
  };
  const expected = {
    [OPTION_TYPE.integer]: 'number',
    [OPTION_TYPE.number]: 'number',
    [OPTION_TYPE.boolean]: 'boolean',
  }[option.type];
  if (typeof value !== (expected ?? 'string')) fail(`it is no ${expected ?? 'string'}`);
  if (option.type === OPTION_TYPE.integer && !Number.isInteger(value)) fail('it is no integer');
  const choices = option.choices ?? [];
  if (choices.length > 0 && !choices.some((choice) => choice.value === value)) fail('it is no choice');
  const size = typeof value === 'string' ? [...value].length : Number(value);
  const isText = typeof value === 'string';
  const [least, most] = isText ? [option.min_length, option.max_length] : [option.min_value, option.max_value];
  if (least != null && size < least) fail(`least is ${least}`);
  if (most != null && size > most) fail(`most is ${most}`);
}
