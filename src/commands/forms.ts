// The forms of commands, made from their declarations: typed options, dialogs, and the line that what was filled in stands for.
import type { CommandForm, Dialog, FormField, Forms, FormValues } from '../threads/form.ts';
import type { Command, Param } from './command.ts';
import { parse } from './parse.ts';
import { type Args, writeText, writeWord } from './render.ts';
import { quoted } from './tokenize.ts';
import { isOption } from './usage-line.ts';

export function formsOf(commands: readonly Command[]): Forms {
  const named = (name: string): Command | undefined => commands.find((command) => command.name === name);
  return {
    commands: commands.map(formOf),
    write(name, values) {
      const command = named(name);
      return command === undefined ? name : writeLine(command, values);
    },
    dialogFor(line) {
      const parsed = parse(line, commands);
      return parsed.kind === 'command' ? dialogOf(parsed.command, parsed.args) : undefined;
    },
  };
}

function formOf(command: Command): CommandForm {
  const { name, summary, visibility, audience, params } = command;
  return {
    name,
    summary,
    visibility,
    admin: audience === 'admin',
    fields: Object.entries(params).map(([field, param]) => fieldOf(field, param)),
  };
}

function fieldOf(name: string, param: Param): FormField {
  const { kind, about, required = false } = param;
  const field = { name, kind, about, required };
  if (param.kind === 'choice') return { ...field, choices: param.choices };
  if (param.kind === 'count') return { ...field, minimum: param.minimum, maximum: param.maximum };
  if (param.kind === 'box' && param.states !== undefined) return { ...field, states: param.states };
  return field;
}

function dialogOf({ name, params, dialog }: Command, args: Args): Dialog | undefined {
  if (dialog === undefined) return undefined;
  const begun = (field: string): string | undefined => dialog.begun?.[field]?.find((value) => value === args[field]);
  if (dialog.asks.some((field) => args[field] !== undefined && begun(field) === undefined)) return undefined;
  if (Object.entries(dialog.when ?? {}).some(([field, value]) => args[field] !== value)) return undefined;
  const fields = dialog.asks.flatMap((field) => {
    const param = params[field];
    const initial = begun(field);
    return param === undefined ? [] : [{ ...fieldOf(field, param), ...(initial === undefined ? {} : { initial }) }];
  });
  return { command: name, title: dialog.title, fields, given: args };
}

/** Values as people type them, where `renderCommand` takes them as they were read. */
function writeLine(command: Command, values: FormValues): string {
  const words: string[] = [];
  const options: string[] = [];
  const texts: string[] = [];
  for (const [name, param] of Object.entries(command.params)) {
    const value = values[name];
    if (value === undefined || value === false) continue;
    // A line feed in an answer must not begin another command.
    const word = String(value).replace(/\s+/g, ' ').trim();
    if (word === '') continue;
    if (param.kind === 'switch') options.push(`--${name}`);
    else if (param.kind === 'text') texts.push(writeText(command.params, word));
    else if (isOption(param)) options.push(`--${name}`, quoted(word));
    else words.push(writeWord(command.params, word));
  }
  return [command.name, ...words, ...options, ...texts].join(' ');
}
