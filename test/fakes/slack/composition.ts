// The parts that blocks are put together from: texts, options, confirmations. Nothing unknown is let through, as at Slack.
// Source: https://docs.slack.dev/reference/block-kit/composition-objects
import { z } from 'zod';
import {
  CONFIRM_BUTTON_MAX,
  CONFIRM_TEXT_MAX,
  CONFIRM_TITLE_MAX,
  OPTION_DESCRIPTION_MAX,
  OPTION_TEXT_MAX,
  OPTION_VALUE_MAX,
} from './limits.ts';
import { escapedOnce } from './mrkdwn.ts';

/** Slack escapes what was not, and gives it back so in clicks: slackapi/bolt-python#513 on GitHub. */
export function plainText(max: number) {
  return z.strictObject({
    type: z.literal('plain_text'),
    text: z.string().min(1).max(max).transform(escapedOnce),
    emoji: z.boolean().default(true),
  });
}

export function mrkdwn(max: number) {
  return z.strictObject({
    type: z.literal('mrkdwn'),
    text: z.string().min(1).max(max),
    verbatim: z.boolean().default(false),
  });
}

/** Plain or mrkdwn, whichever its type says. */
export function textOf(max: number) {
  return z.discriminatedUnion('type', [plainText(max), mrkdwn(max)]);
}

const colour = z.enum(['primary', 'danger']);

/** What a person is asked before the action is sent. */
export const confirmSchema = z.strictObject({
  title: plainText(CONFIRM_TITLE_MAX).optional(),
  text: textOf(CONFIRM_TEXT_MAX),
  confirm: plainText(CONFIRM_BUTTON_MAX).optional(),
  deny: plainText(CONFIRM_BUTTON_MAX).optional(),
  style: colour.optional(),
});

export const optionSchema = z.strictObject({
  text: plainText(OPTION_TEXT_MAX),
  value: z.string().min(1).max(OPTION_VALUE_MAX),
  description: plainText(OPTION_DESCRIPTION_MAX).optional(),
});

export const styleSchema = colour;
export type Confirm = z.output<typeof confirmSchema>;
export type Option = z.output<typeof optionSchema>;
export type TextObject = z.output<ReturnType<typeof textOf>>;
