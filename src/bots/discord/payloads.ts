// What Discord sends over the gateway, as far as this door reads it. Whatever does not fit is dropped by the caller.
import { z } from 'zod';

const userSchema = z.object({
  id: z.string(),
  username: z.string(),
  global_name: z.string().nullish(),
  bot: z.boolean().optional(),
});
const memberSchema = z.object({ nick: z.string().nullish(), roles: z.array(z.string()).default([]) });
export const channelSchema = z.object({ id: z.string(), type: z.number(), parent_id: z.string().nullish() });

/** https://discord.com/developers/docs/resources/channel#channel-object-channel-types */
export const CHANNEL = { direct: 1, groupDirect: 3, newsThread: 10, publicThread: 11, privateThread: 12 } as const;
export type DiscordChannel = z.infer<typeof channelSchema>;

/** https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-object-interaction-type */
export const INTERACTION = { command: 2, component: 3, autocomplete: 4, modal: 5 } as const;

export const MESSAGE_FLAG = { hasThread: 1 << 5, ephemeral: 1 << 6, loading: 1 << 7 } as const;

const optionValue = z.union([z.string(), z.number(), z.boolean()]);
const optionSchema = z.object({
  name: z.string(),
  value: optionValue.optional(),
  focused: z.boolean().optional(),
});
const subcommandSchema = z.object({ name: z.string(), type: z.literal(1), options: z.array(optionSchema).default([]) });

/** A subcommand of a group is one command of two words to us. */
const groupSchema = z
  .object({ name: z.string(), type: z.literal(2), options: z.tuple([subcommandSchema]) })
  .transform(({ name, options: [inner] }) => ({ ...inner, name: `${name} ${inner.name}` }));

const interactionBase = {
  id: z.string(),
  application_id: z.string(),
  token: z.string(),
  guild_id: z.string().optional(),
  channel: channelSchema,
  member: memberSchema.extend({ user: userSchema }).optional(),
  user: userSchema.optional(),
};

const commandSchema = z.object({
  ...interactionBase,
  type: z.union([z.literal(INTERACTION.command), z.literal(INTERACTION.autocomplete)]),
  data: z.object({ name: z.string(), options: z.tuple([z.union([subcommandSchema, groupSchema])]) }),
});

const componentSchema = z.object({
  ...interactionBase,
  type: z.literal(INTERACTION.component),
  data: z.object({ custom_id: z.string(), component_type: z.number() }),
  message: z.object({ id: z.string(), flags: z.number().default(0) }),
});

const answerSchema = z.object({
  custom_id: z.string(),
  value: z.string().optional(),
  values: z.array(z.string()).optional(),
});
/** Labels hold one field, the older rows a list. */
const answerRowSchema = z.object({
  component: answerSchema.optional().catch(undefined),
  components: z.array(answerSchema).optional().catch(undefined),
});
const modalSchema = z.object({
  ...interactionBase,
  type: z.literal(INTERACTION.modal),
  data: z.object({ custom_id: z.string(), components: z.array(answerRowSchema) }),
  message: z.object({ id: z.string(), flags: z.number().default(0) }).optional(),
});

export const interactionSchema = z.discriminatedUnion('type', [commandSchema, componentSchema, modalSchema]);
export type Interaction = z.infer<typeof interactionSchema>;
export type CommandInteraction = z.infer<typeof commandSchema>;
export type ModalInteraction = z.infer<typeof modalSchema>;

export const messageSchema = z.object({
  id: z.string(),
  channel_id: z.string(),
  guild_id: z.string().optional(),
  author: userSchema,
  member: memberSchema.optional(),
  webhook_id: z.string().optional(),
  /** https://discord.com/developers/docs/resources/message#message-object-message-types: 0 said, 19 said in reply. */
  type: z.number(),
  content: z.string(),
  mentions: z.array(z.object({ id: z.string() })).default([]),
});
export type DiscordMessage = z.infer<typeof messageSchema>;
