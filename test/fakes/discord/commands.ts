// Slash commands that the app registered: checked as Discord checks them, and kept as Discord gives them back.
// Source: https://discord.com/developers/docs/interactions/application-commands
import { z } from 'zod';
import { refuseOn, required, tooLong, tooMany } from './content-check.ts';
import * as limit from './limits.ts';
import type { FormError } from './refusal.ts';
import type { Snowflakes } from './snowflakes.ts';

export const OPTION_TYPE = {
  subcommand: 1,
  group: 2,
  string: 3,
  integer: 4,
  boolean: 5,
  user: 6,
  channel: 7,
  role: 8,
  mentionable: 9,
  number: 10,
} as const;

export interface CommandOption {
  [more: string]: unknown;
  type: number;
  name: string;
  description: string;
  required?: boolean | null | undefined;
  autocomplete?: boolean | null | undefined;
  choices?: { name: string; value: string | number }[] | null | undefined;
  min_value?: number | null | undefined;
  max_value?: number | null | undefined;
  min_length?: number | null | undefined;
  max_length?: number | null | undefined;
  options?: CommandOption[] | null | undefined;
}

const optionSchema: z.ZodType<CommandOption> = z.lazy(() =>
  z.looseObject({
    type: z.number().int(),
    name: z.string(),
    description: z.string(),
    required: z.boolean().nullish(),
    autocomplete: z.boolean().nullish(),
    choices: z.array(z.looseObject({ name: z.string(), value: z.union([z.string(), z.number()]) })).nullish(),
    min_value: z.number().nullish(),
    max_value: z.number().nullish(),
    min_length: z.number().int().nullish(),
    max_length: z.number().int().nullish(),
    options: z.array(optionSchema).nullish(),
  }),
);
const commandSchema = z.looseObject({
  name: z.string(),
  description: z.string().nullish(),
  type: z.number().int().nullish(),
  options: z.array(optionSchema).nullish(),
});
export const commandsSchema = z.array(commandSchema).nullable();
export type CommandBody = z.infer<typeof commandSchema>;

export interface Command {
  readonly id: string;
  readonly version: string;
  readonly guildId: string | undefined;
  readonly body: CommandBody;
}

export interface Commands {
  /** Of one scope: a guild, or everywhere. */
  list(guildId: string | undefined): readonly Command[];
  /** What a person in the server can type. */
  usable(): readonly Command[];
  /** In place of all before. Throws 50035. A command that keeps its name keeps its id. */
  replace(guildId: string | undefined, bodies: readonly CommandBody[]): readonly Command[];
  /** How often they were replaced. */
  registrations(): number;
}

export function createCommands(nextId: Snowflakes): Commands {
  const scopes = new Map<string | undefined, readonly Command[]>();
  let registrations = 0;
  return {
    list: (guildId) => scopes.get(guildId) ?? [],
    usable: () => [...scopes.values()].flat(),
    replace(guildId, bodies) {
      refuseOn([...bodies.flatMap((body, index) => commandErrors(body, String(index))), ...sameNames('', bodies)]);
      const before = scopes.get(guildId) ?? [];
      const commands = bodies.map((body): Command => {
        const known = before.find((command) => command.body.name === body.name);
        return { id: known?.id ?? nextId(), version: nextId(), guildId, body };
      });
      scopes.set(guildId, commands);
      registrations += 1;
      return commands;
    },
    registrations: () => registrations,
  };
}

function commandErrors(body: CommandBody, at: string): FormError[] {
  const errors = [
    ...nameErrors(body.name, `${at}.name`),
    ...((body.description ?? '') === '' ? [required(`${at}.description`)] : []),
    ...tooLong(`${at}.description`, body.description, limit.DESCRIPTION_MAX),
    ...optionErrors(body.options ?? [], `${at}.options`),
  ];
  if (sizeOf(body.name, body.description, body.options ?? []) <= limit.COMMAND_TOTAL_MAX) return errors;
  const message = `Command exceeds maximum size (${limit.COMMAND_TOTAL_MAX})`;
  return [...errors, { at, code: 'APPLICATION_COMMAND_TOO_LARGE', message }];
}

function optionErrors(options: readonly CommandOption[], at: string): FormError[] {
  const firstOptional = options.findIndex((option) => option.required !== true);
  const isLate = (option: CommandOption, index: number) =>
    option.required === true && firstOptional >= 0 && index > firstOptional;
  return [
    ...tooMany(at, options, limit.OPTIONS_MAX),
    ...sameNames(at, options),
    ...options.flatMap((option, index) => {
      const here = `${at}.${index}`;
      const late = { at: here, code: 'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID' };
      const both = { at: here, code: 'APPLICATION_COMMAND_OPTIONS_CHOICES_AND_AUTOCOMPLETE' };
      return [
        ...nameErrors(option.name, `${here}.name`),
        ...(option.description === '' ? [required(`${here}.description`)] : []),
        ...tooLong(`${here}.description`, option.description, limit.DESCRIPTION_MAX),
        ...tooMany(`${here}.choices`, option.choices, limit.CHOICES_MAX),
        ...(option.choices ?? []).flatMap(({ name }, choice) => tooLong(`${here}.choices.${choice}.name`, name, 100)),
        ...optionErrors(option.options ?? [], `${here}.options`),
        ...(isLate(option, index)
          ? [{ ...late, message: 'Required options must be placed before optional ones' }]
          : []),
        ...(option.autocomplete === true && (option.choices ?? []).length > 0
          ? [{ ...both, message: 'Choices and autocomplete exclude each other' }]
          : []),
      ];
    }),
  ];
}

function nameErrors(name: string, at: string): FormError[] {
  if (limit.COMMAND_NAME.test(name) && name === name.toLowerCase()) return [];
  return [{ at, code: 'APPLICATION_COMMAND_INVALID_NAME', message: 'Command name is invalid' }];
}

function sameNames(at: string, items: readonly { name: string }[]): FormError[] {
  if (new Set(items.map(({ name }) => name)).size === items.length) return [];
  return [{ at, code: 'APPLICATION_COMMANDS_DUPLICATE_NAME', message: 'Names must be unique' }];
}

function sizeOf(name: string, description: string | null | undefined, options: readonly CommandOption[]): number {
  const choices = options.flatMap((option) => option.choices ?? []);
  const inner = options.map((option) => sizeOf(option.name, option.description, option.options ?? []));
  const texts = [name, description ?? '', ...choices.flatMap((choice) => [choice.name, String(choice.value)])];
  return [...inner, ...texts.map(limit.lengthOf)].reduce((sum, size) => sum + size, 0);
}

/** As Discord gives it back: with defaults filled in, and without options' members that say nothing. */
export function commandWire(command: Command, applicationId: string): Record<string, unknown> {
  const { options, ...rest } = command.body;
  return {
    default_member_permissions: null,
    dm_permission: true,
    contexts: null,
    integration_types: [0],
    nsfw: false,
    ...rest,
    type: command.body.type ?? 1,
    description: command.body.description ?? '',
    id: command.id,
    application_id: applicationId,
    version: command.version,
    ...(command.guildId === undefined ? {} : { guild_id: command.guildId }),
    ...((options ?? []).length === 0 ? {} : { options: (options ?? []).map(optionWire) }),
  };
}

function optionWire(option: CommandOption): Record<string, unknown> {
  const told = Object.entries(option).filter(([, value]) => value !== null && value !== false && !isEmpty(value));
  const inner = (option.options ?? []).length === 0 ? {} : { options: (option.options ?? []).map(optionWire) };
  return { ...Object.fromEntries(told), ...inner };
}

const isEmpty = (value: unknown) => Array.isArray(value) && value.length === 0;
