// The blocks that a message or a view is made of, as strict schemas.
// Source: https://docs.slack.dev/reference/block-kit/blocks
import { z } from 'zod';
import { plainText, textOf } from './composition.ts';
import { actionElementSchema, inputElementSchema } from './elements.ts';
import {
  ACTIONS_ELEMENTS_MAX,
  BLOCK_ID_MAX,
  CONTEXT_ELEMENTS_MAX,
  CONTEXT_TEXT_MAX,
  HEADER_TEXT_MAX,
  INPUT_HINT_MAX,
  INPUT_LABEL_MAX,
  SECTION_FIELD_TEXT_MAX,
  SECTION_FIELDS_MAX,
  SECTION_TEXT_MAX,
  TASK_TITLE_MAX,
} from './limits.ts';
import { richTextPartsSchema } from './rich-text.ts';

const blockId = z.string().min(1).max(BLOCK_ID_MAX).optional();

const sectionSchema = z
  .strictObject({
    type: z.literal('section'),
    block_id: blockId,
    text: textOf(SECTION_TEXT_MAX).optional(),
    fields: z.array(textOf(SECTION_FIELD_TEXT_MAX)).min(1).max(SECTION_FIELDS_MAX).optional(),
    accessory: actionElementSchema.optional(),
    expand: z.boolean().optional(),
  })
  .refine((section) => section.text !== undefined || section.fields !== undefined, {
    message: 'must define either `text` or `fields`',
  });

/** https://docs.slack.dev/reference/block-kit/blocks/task-card-block; inside a plan only, as this app uses it. */
const taskCardSchema = z.strictObject({
  type: z.literal('task_card'),
  task_id: z.string().min(1),
  title: z.string().min(1).max(TASK_TITLE_MAX),
  status: z.enum(['pending', 'in_progress', 'complete', 'error']),
});

export const blockSchema = z.discriminatedUnion('type', [
  sectionSchema,
  z.strictObject({ type: z.literal('divider'), block_id: blockId }),
  z.strictObject({ type: z.literal('header'), block_id: blockId, text: plainText(HEADER_TEXT_MAX) }),
  z.strictObject({
    type: z.literal('context'),
    block_id: blockId,
    elements: z.array(textOf(CONTEXT_TEXT_MAX)).min(1).max(CONTEXT_ELEMENTS_MAX),
  }),
  z.strictObject({
    type: z.literal('actions'),
    block_id: blockId,
    elements: z.array(actionElementSchema).min(1).max(ACTIONS_ELEMENTS_MAX),
  }),
  z.strictObject({
    type: z.literal('input'),
    block_id: blockId,
    label: plainText(INPUT_LABEL_MAX),
    element: inputElementSchema,
    hint: plainText(INPUT_HINT_MAX).optional(),
    optional: z.boolean().default(false),
    dispatch_action: z.boolean().default(false),
  }),
  z.strictObject({
    type: z.literal('plan'),
    block_id: blockId,
    title: z.string().min(1).max(TASK_TITLE_MAX),
    tasks: z.array(taskCardSchema).optional(),
  }),
  z.strictObject({ type: z.literal('rich_text'), block_id: blockId, elements: richTextPartsSchema }),
]);

export type Block = z.output<typeof blockSchema>;
