// The slash command `/shellbox`, made from the forms of commands: its definition, its registration, and the line that a use of it stands for.
import { z } from 'zod';
import type { CommandForm, FormField, Forms } from '../../threads/form.ts';
import { cut } from '../../threads/shown.ts';
import type { DiscordApi } from './api.ts';
import { CHOICES_MAX, DESCRIPTION_MAX, OPTIONS_MAX } from './limits.ts';
import type { CommandInteraction } from './payloads.ts';

export const COMMAND_NAME = 'shellbox';
/** The group of commands for which there is no place of their own; not a word of any command. */
const MORE = 'more';

/** https://discord.com/developers/docs/interactions/application-commands#application-command-object-application-command-option-type */
const TYPE = { subcommand: 1, group: 2, text: 3, count: 4, switch: 5 } as const;

export interface CommandOption {
  type: number;
  name: string;
  description: string;
  required?: boolean;
  autocomplete?: boolean;
  min_value?: number;
  max_value?: number;
  choices?: { name: string; value: string }[];
  options?: CommandOption[];
}

export interface CommandDefinition {
  type: 1;
  name: string;
  description: string;
  options: CommandOption[];
}

export function definitionOf(forms: Forms): CommandDefinition {
  return {
    type: 1,
    name: COMMAND_NAME,
    description: 'Dev boxes: make one, log in, stop it, start it again',
    options: topLevelOf(forms.commands),
  };
}

/**
 * Commands of two words stand in the group of their first word, where its first one stood. Where there are more than Discord takes, the last
 * ones of one word, which are the least needed, stand in a group together.
 */
function topLevelOf(forms: readonly CommandForm[]): CommandOption[] {
  const words = new Map<string, CommandForm[]>();
  for (const form of forms) {
    const [first = ''] = form.name.split(' ', 1);
    words.set(first, [...(words.get(first) ?? []), form]);
  }
  const isAlone = ([first, found]: readonly [string, CommandForm[]]) => found.every(({ name }) => name === first);
  const tooMany = words.size - OPTIONS_MAX;
  // One place more is taken by the group itself.
  const last = tooMany <= 0 ? [] : [...words].filter(isAlone).slice(-tooMany - 1);
  const own = [...words].filter(([first]) => !last.some(([other]) => other === first));
  const options = own.flatMap(([first, found]) =>
    isAlone([first, found]) ? found.map((form) => subcommandOf(form, form.name)) : [groupOf(first, found)],
  );
  const more = last.flatMap(([, found]) => found.map((form) => subcommandOf(form, form.name)));
  return more.length === 0 ? options : [...options, group(MORE, more)];
}

function groupOf(name: string, forms: readonly CommandForm[]): CommandOption {
  const options = forms.slice(0, OPTIONS_MAX).map((form) => subcommandOf(form, form.name.slice(name.length + 1)));
  return group(name, options);
}

function group(name: string, options: CommandOption[]): CommandOption {
  return {
    type: TYPE.group,
    name: name.toLowerCase(),
    description: describe(options.map((option) => option.name).join(', '), name),
    options,
  };
}

function subcommandOf({ summary, fields }: CommandForm, name: string): CommandOption {
  // Discord wants what is required before what is not.
  const ordered = [...fields].sort((one, other) => Number(other.required) - Number(one.required));
  return {
    type: TYPE.subcommand,
    name: name.toLowerCase(),
    description: describe(summary, name),
    options: ordered.slice(0, OPTIONS_MAX).map(optionOf),
  };
}

function optionOf({ name, about, kind, required, choices = [], minimum, maximum }: FormField): CommandOption {
  const base = { name: name.toLowerCase(), description: describe(about, name), required };
  if (kind === 'count')
    return {
      ...base,
      type: TYPE.count,
      ...(minimum === undefined ? {} : { min_value: minimum }),
      ...(maximum === undefined ? {} : { max_value: maximum }),
    };
  if (kind === 'switch') return { ...base, type: TYPE.switch };
  if (kind === 'box') return { ...base, type: TYPE.text, autocomplete: true };
  const listed = kind === 'choice' && choices.length > 0 && choices.length <= CHOICES_MAX;
  return {
    ...base,
    type: TYPE.text,
    ...(listed ? { choices: choices.map((value) => ({ name: value, value })) } : {}),
  };
}

function describe(text: string, name: string): string {
  return cut(text === '' ? name : text, DESCRIPTION_MAX);
}

/** The line that a person would type for it. */
export function lineOf({ data }: CommandInteraction, forms: Forms): string {
  const [{ name, options }] = data.options;
  const form = formNamed(forms, name);
  const values = options.map((option) => {
    const field = form?.fields.find((one) => one.name.toLowerCase() === option.name);
    return [field?.name ?? option.name, option.value] as const;
  });
  return forms.write(form?.name ?? name, Object.fromEntries(values));
}

/** What is being typed, where it is asked for suggestions. */
export function focusedField(
  { data }: CommandInteraction,
  forms: Forms,
): { field: FormField; typed: string } | undefined {
  const [{ name, options }] = data.options;
  const focused = options.find((option) => option.focused === true);
  const field = formNamed(forms, name)?.fields.find((one) => one.name.toLowerCase() === focused?.name);
  return field === undefined ? undefined : { field, typed: String(focused?.value ?? '') };
}

function formNamed(forms: Forms, name: string): CommandForm | undefined {
  const own = name.startsWith(`${MORE} `) ? name.slice(MORE.length + 1) : name;
  return forms.commands.find((form) => form.name.toLowerCase() === own);
}

export interface RegisterOptions {
  api: DiscordApi;
  applicationId: string;
  /** Undefined: everywhere, which may take Discord a while to show. */
  guildId: string | undefined;
  forms: Forms;
}

/** How `/shellbox` stands at Discord: in its present form, in another one, or not at all. */
export type Registration = 'present' | 'outdated' | 'absent';

/**
 * Registers `/shellbox` when Discord has another form of it; true when something was changed. With a server chosen, one that is
 * registered everywhere would show there a second time, and elsewhere at all: it is taken away. Rejects as the API does.
 */
export async function registerCommands(options: RegisterOptions, signal: AbortSignal): Promise<boolean> {
  const { api, forms, guildId } = options;
  const isNew = (await registrationOf(options, signal)) !== 'present';
  if (isNew) await api.call('PUT', routeOf(options), { body: [definitionOf(forms)], signal });
  if (guildId === undefined) return isNew;
  const everywhere = { ...options, guildId: undefined };
  const isDouble = (await registrationOf(everywhere, signal)) !== 'absent';
  if (isDouble) await api.call('PUT', routeOf(everywhere), { body: [], signal });
  return isNew || isDouble;
}

/** Rejects as the API does: also where the app is not in the server. */
export async function registrationOf(options: RegisterOptions, signal: AbortSignal): Promise<Registration> {
  const said = await options.api.call('GET', routeOf(options), { signal });
  const names = namesSchema.parse(said).map(({ name }) => name);
  if (!names.includes(COMMAND_NAME)) return 'absent';
  const known = knownSchema.safeParse(said);
  const wanted = knownSchema.parse([definitionOf(options.forms)]);
  return known.success && JSON.stringify(known.data) === JSON.stringify(wanted) ? 'present' : 'outdated';
}

function routeOf({ applicationId, guildId }: RegisterOptions) {
  return `/applications/${applicationId}${guildId === undefined ? '' : `/guilds/${guildId}`}/commands` as const;
}

const namesSchema = z.array(z.object({ name: z.string() }));
/** Only what we define, in one order, and as Discord fills in what was left out. */
const leafSchema = z.object({
  type: z.number(),
  name: z.string(),
  description: z.string(),
  required: z.boolean().default(false),
  autocomplete: z.boolean().default(false),
  min_value: z.number().optional(),
  max_value: z.number().optional(),
  choices: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
});
const branchSchema = leafSchema.extend({ options: z.array(leafSchema).default([]) });
const knownSchema = z.array(
  z.object({
    type: z.number().default(1),
    name: z.string(),
    description: z.string(),
    options: z.array(branchSchema.extend({ options: z.array(branchSchema).default([]) })).default([]),
  }),
);
