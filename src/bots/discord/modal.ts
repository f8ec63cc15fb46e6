// A dialog as Discord's modal, and what was filled into one.
import { z } from 'zod';
import { parsedJson } from '../../parsed-json.ts';
import type { Dialog, FormField, FormValues } from '../../threads/form.ts';
import { cut } from '../../threads/shown.ts';
import {
  CUSTOM_ID_MAX,
  FIELD_ABOUT_MAX,
  FIELD_LABEL_MAX,
  MODAL_FIELDS_MAX,
  MODAL_TITLE_MAX,
  SELECT_OPTIONS_MAX,
} from './limits.ts';
import type { ModalInteraction } from './payloads.ts';

/** https://discord.com/developers/docs/components/reference#component-object-component-types */
const TYPE = { select: 3, text: 4, label: 18 } as const;
const STYLE = { short: 1, long: 2 } as const;

/** Comes back with the answers. Who answers may have changed it. */
const givenSchema = z.tuple([
  z.literal('dialog'),
  z.string(),
  z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
]);

/** Undefined when Discord has no room for what the line said already. */
export function modalOf({ command, title, fields, given }: Dialog): object | undefined {
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const customId = JSON.stringify(['dialog', command, said]);
  if (customId.length > CUSTOM_ID_MAX || fields.length > MODAL_FIELDS_MAX) return undefined;
  // Where only one thing is asked, there is no use in answering nothing.
  const isOnly = fields.length === 1;
  return {
    custom_id: customId,
    title: cut(title, MODAL_TITLE_MAX),
    components: fields.map((field) => inputOf(field, isOnly)),
  };
}

function inputOf({ name, about, kind, choices = [], required, initial }: FormField, isOnly: boolean): object {
  const isListed = kind === 'choice' && choices.length > 0 && choices.length <= SELECT_OPTIONS_MAX;
  const base = { custom_id: name, required: required || isOnly };
  return {
    type: TYPE.label,
    label: cut(name, FIELD_LABEL_MAX),
    description: cut(about, FIELD_ABOUT_MAX),
    component: isListed
      ? { ...base, type: TYPE.select, options: choices.map((value) => ({ label: value, value })) }
      : {
          ...base,
          type: TYPE.text,
          style: kind === 'text' ? STYLE.long : STYLE.short,
          ...(initial === undefined ? {} : { value: initial }),
        },
  };
}

/** Undefined when the dialog is none of ours. */
export function submitted({ data }: ModalInteraction): { command: string; values: FormValues } | undefined {
  const given = givenSchema.safeParse(parsedJson(data.custom_id));
  if (!given.success) return undefined;
  const [, command, said] = given.data;
  const answers = data.components
    .flatMap(({ component, components = [] }) => (component === undefined ? components : [component]))
    .map(({ custom_id: name, value, values }) => [name, value ?? values?.[0]] as const);
  return { command, values: { ...said, ...Object.fromEntries(answers) } };
}
