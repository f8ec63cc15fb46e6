// Rich text: how Slack stores what people type, and what an app may send for text that must not be parsed.
// Source: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
import { z } from 'zod';

const style = z
  .strictObject({
    bold: z.boolean().optional(),
    italic: z.boolean().optional(),
    strike: z.boolean().optional(),
    code: z.boolean().optional(),
  })
  .optional();

const inlineSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string().min(1), style }),
  z.strictObject({ type: z.literal('link'), url: z.string().min(1), text: z.string().optional(), style }),
  z.strictObject({ type: z.literal('user'), user_id: z.string().min(1), style }),
  z.strictObject({ type: z.literal('channel'), channel_id: z.string().min(1), style }),
  z.strictObject({ type: z.literal('emoji'), name: z.string().min(1), unicode: z.string().optional(), style }),
  z.strictObject({
    type: z.literal('date'),
    timestamp: z.int(),
    format: z.string().min(1),
    url: z.string().optional(),
    fallback: z.string().optional(),
  }),
  z.strictObject({ type: z.literal('broadcast'), range: z.enum(['here', 'channel', 'everyone']), style }),
]);

const sectionSchema = z.strictObject({ type: z.literal('rich_text_section'), elements: z.array(inlineSchema) });

const partSchema = z.discriminatedUnion('type', [
  sectionSchema,
  z.strictObject({
    type: z.literal('rich_text_preformatted'),
    elements: z.array(inlineSchema).min(1),
    border: z.int().optional(),
    language: z.string().optional(),
  }),
  z.strictObject({
    type: z.literal('rich_text_quote'),
    elements: z.array(inlineSchema).min(1),
    border: z.int().optional(),
  }),
  z.strictObject({
    type: z.literal('rich_text_list'),
    style: z.enum(['bullet', 'ordered']),
    elements: z.array(sectionSchema).min(1),
    indent: z.int().optional(),
    offset: z.int().optional(),
    border: z.int().optional(),
  }),
]);

export const richTextPartsSchema = z.array(partSchema).min(1);
export type RichTextPart = z.output<typeof partSchema>;
export type RichTextInline = z.output<typeof inlineSchema>;
