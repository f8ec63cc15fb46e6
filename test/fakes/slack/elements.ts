// What can be pressed, chosen or typed into: buttons, menus, inputs.
// Source: https://docs.slack.dev/reference/block-kit/block-elements
import { z } from 'zod';
import { confirmSchema, optionSchema, plainText, styleSchema } from './composition.ts';
import {
  ACCESSIBILITY_LABEL_MAX,
  ACTION_ID_MAX,
  BUTTON_TEXT_MAX,
  BUTTON_URL_MAX,
  BUTTON_VALUE_MAX,
  INPUT_LENGTH_MAX,
  OVERFLOW_OPTIONS_MAX,
  PLACEHOLDER_MAX,
  SELECT_OPTIONS_MAX,
} from './limits.ts';

const actionId = z.string().min(1).max(ACTION_ID_MAX).optional();

export const buttonSchema = z.strictObject({
  type: z.literal('button'),
  text: plainText(BUTTON_TEXT_MAX),
  action_id: actionId,
  value: z.string().max(BUTTON_VALUE_MAX).optional(),
  url: z.url().max(BUTTON_URL_MAX).optional(),
  style: styleSchema.optional(),
  confirm: confirmSchema.optional(),
  accessibility_label: z.string().max(ACCESSIBILITY_LABEL_MAX).optional(),
});

const staticSelectSchema = z.strictObject({
  type: z.literal('static_select'),
  action_id: actionId,
  options: z.array(optionSchema).min(1).max(SELECT_OPTIONS_MAX),
  initial_option: optionSchema.optional(),
  placeholder: plainText(PLACEHOLDER_MAX).optional(),
  confirm: confirmSchema.optional(),
  focus_on_load: z.boolean().optional(),
});

const overflowSchema = z.strictObject({
  type: z.literal('overflow'),
  action_id: actionId,
  options: z.array(optionSchema).min(1).max(OVERFLOW_OPTIONS_MAX),
  confirm: confirmSchema.optional(),
});

const plainTextInputSchema = z.strictObject({
  type: z.literal('plain_text_input'),
  action_id: actionId,
  initial_value: z.string().max(INPUT_LENGTH_MAX).optional(),
  multiline: z.boolean().optional(),
  min_length: z.int().min(0).max(INPUT_LENGTH_MAX).optional(),
  max_length: z.int().min(1).max(INPUT_LENGTH_MAX).optional(),
  placeholder: plainText(PLACEHOLDER_MAX).optional(),
  focus_on_load: z.boolean().optional(),
  dispatch_action_config: z
    .strictObject({ trigger_actions_on: z.array(z.enum(['on_enter_pressed', 'on_character_entered'])) })
    .optional(),
});

/** What an actions block or a section's accessory may hold. */
export const actionElementSchema = z.discriminatedUnion('type', [buttonSchema, staticSelectSchema, overflowSchema]);
/** What an input block may hold. */
export const inputElementSchema = z.discriminatedUnion('type', [plainTextInputSchema, staticSelectSchema]);

export type ActionElement = z.output<typeof actionElementSchema>;
export type InputElement = z.output<typeof inputElementSchema>;
