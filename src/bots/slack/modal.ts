// A dialog as Slack's modal, and what was filled into one.
import type { InputBlock, ModalView, PlainTextOption } from '@slack/types';
import { z } from 'zod';
import { parsedJson } from '../../parsed-json.ts';
import type { Dialog, FormField, FormValues } from '../../threads/form.ts';
import { cut } from '../../threads/shown.ts';
import { INPUT_LABEL_MAX, OPTION_TEXT_MAX, PLACEHOLDER_MAX, VIEW_TITLE_MAX } from './limits.ts';
import type { Place } from './place.ts';

export const DIALOG = 'dialog';

/** Comes back with the answers. Who sees the modal can read it, so it holds no secret; who answers may have changed it. */
const metadataSchema = z.object({
  command: z.string(),
  given: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  place: z.object({ channel: z.string().optional(), thread: z.string().optional(), user: z.string().optional() }),
});

const submittedSchema = z.object({
  private_metadata: z.string(),
  state: z.object({
    values: z.record(
      z.string(),
      z.record(
        z.string(),
        z.object({
          value: z.string().nullish(),
          selected_option: z.object({ value: z.string() }).nullish(),
        }),
      ),
    ),
  }),
});

export function modalOf({ command, title, fields, given }: Dialog, place: Place): ModalView {
  // Where only one thing is asked, there is no use in answering nothing.
  const isOnly = fields.length === 1;
  return {
    type: 'modal',
    callback_id: DIALOG,
    title: { type: 'plain_text', text: cut(title, VIEW_TITLE_MAX) },
    submit: { type: 'plain_text', text: 'OK' },
    close: { type: 'plain_text', text: 'Cancel' },
    private_metadata: JSON.stringify({ command, given, place }),
    blocks: fields.map((field) => inputOf(field, isOnly)),
  };
}

function inputOf(field: FormField, isOnly: boolean): InputBlock {
  const { name, about, kind, choices = [], required, initial } = field;
  const hint = { type: 'plain_text', text: cut(about, PLACEHOLDER_MAX) } as const;
  return {
    type: 'input',
    block_id: name,
    optional: !(required || isOnly),
    label: { type: 'plain_text', text: cut(name, INPUT_LABEL_MAX) },
    element:
      kind === 'choice'
        ? { type: 'static_select', action_id: 'value', placeholder: hint, options: choices.map(optionOf) }
        : {
            type: 'plain_text_input',
            action_id: 'value',
            placeholder: hint,
            multiline: kind === 'text',
            ...(initial === undefined ? {} : { initial_value: initial }),
          },
  };
}

function optionOf(choice: string): PlainTextOption {
  return { text: { type: 'plain_text', text: cut(choice, OPTION_TEXT_MAX) }, value: choice };
}

/** Undefined when the view is none of ours. */
export function submitted(view: unknown): { command: string; values: FormValues; place: Place } | undefined {
  const read = submittedSchema.safeParse(view);
  if (!read.success) return undefined;
  const metadata = metadataSchema.safeParse(parsedJson(read.data.private_metadata));
  if (!metadata.success) return undefined;
  const { command, given, place } = metadata.data;
  const answers = Object.entries(read.data.state.values).map(([name, elements]) => {
    const [element] = Object.values(elements);
    return [name, element?.selected_option?.value ?? element?.value ?? undefined] as const;
  });
  return { command, values: { ...given, ...Object.fromEntries(answers) }, place };
}
