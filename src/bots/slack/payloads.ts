// What Slack sends, as far as this door reads it. Everything from outside is checked here, once.
// Sources: https://docs.slack.dev/interactivity/implementing-slash-commands, https://docs.slack.dev/reference/events,
// https://docs.slack.dev/reference/interaction-payloads
import { z } from 'zod';

const id = z.string().min(1).max(100);

export const commandSchema = z.object({
  team_id: id,
  channel_id: id,
  user_id: id,
  user_name: z.string().max(200).catch(''),
  text: z.string().catch(''),
  trigger_id: id,
  response_url: z.string().max(1000).optional(),
});

/** `app_mention`, and `message` in direct messages. */
export const messageSchema = z.object({
  channel: id,
  channel_type: z.string().optional(),
  user: id.optional(),
  text: z.string().catch(''),
  ts: id,
  thread_ts: id.optional(),
  team: id.optional(),
  user_team: id.optional(),
  source_team: id.optional(),
  bot_id: z.unknown().optional(),
  subtype: z.unknown().optional(),
  edited: z.unknown().optional(),
});
export type SlackMessageEvent = z.infer<typeof messageSchema>;

export const homeOpenedSchema = z.object({ user: id, tab: z.string().optional() });

const userSchema = z.object({
  id,
  team_id: id.optional(),
  username: z.string().max(200).optional(),
  name: z.string().max(200).optional(),
});

export const clickSchema = z.object({
  user: userSchema,
  trigger_id: id,
  response_url: z.string().max(1000).optional(),
  container: z.object({
    type: z.string(),
    channel_id: id.optional(),
    message_ts: id.optional(),
    thread_ts: id.optional(),
    is_ephemeral: z.boolean().optional(),
  }),
});

export const buttonSchema = z.object({ type: z.literal('button'), value: z.string().min(1).max(2000) });

export const submissionSchema = z.object({ user: userSchema, trigger_id: id, view: z.unknown().optional() });
