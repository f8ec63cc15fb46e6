// What a message or a modal is made of, read from a request's body.
import { z } from 'zod';

const embedSchema = z.looseObject({
  title: z.string().nullish(),
  description: z.string().nullish(),
  url: z.string().nullish(),
  color: z.number().int().nullish(),
  author: z.looseObject({ name: z.string() }).nullish(),
  footer: z.looseObject({ text: z.string() }).nullish(),
  fields: z.array(z.looseObject({ name: z.string(), value: z.string(), inline: z.boolean().nullish() })).nullish(),
});
export type Embed = z.infer<typeof embedSchema>;

const optionSchema = z.looseObject({
  label: z.string(),
  value: z.string(),
  description: z.string().nullish(),
  default: z.boolean().nullish(),
});

export interface Component {
  [more: string]: unknown;
  type: number;
  custom_id?: string | null | undefined;
  label?: string | null | undefined;
  description?: string | null | undefined;
  style?: number | null | undefined;
  url?: string | null | undefined;
  content?: string | null | undefined;
  placeholder?: string | null | undefined;
  disabled?: boolean | null | undefined;
  required?: boolean | null | undefined;
  min_length?: number | null | undefined;
  max_length?: number | null | undefined;
  value?: string | null | undefined;
  options?: z.infer<typeof optionSchema>[] | null | undefined;
  components?: Component[] | null | undefined;
  component?: Component | null | undefined;
  accessory?: Component | null | undefined;
}

export const componentSchema: z.ZodType<Component> = z.lazy(() =>
  z.looseObject({
    type: z.number().int(),
    custom_id: z.string().nullish(),
    label: z.string().nullish(),
    description: z.string().nullish(),
    style: z.number().int().nullish(),
    url: z.string().nullish(),
    content: z.string().nullish(),
    placeholder: z.string().nullish(),
    disabled: z.boolean().nullish(),
    required: z.boolean().nullish(),
    min_length: z.number().int().nullish(),
    max_length: z.number().int().nullish(),
    value: z.string().nullish(),
    options: z.array(optionSchema).nullish(),
    components: z.array(componentSchema).nullish(),
    component: componentSchema.nullish(),
    accessory: componentSchema.nullish(),
  }),
);

const allowedMentionsSchema = z.looseObject({
  parse: z.array(z.enum(['users', 'roles', 'everyone'])).nullish(),
  users: z.array(z.string()).nullish(),
  roles: z.array(z.string()).nullish(),
  replied_user: z.boolean().nullish(),
});
export type AllowedMentions = z.infer<typeof allowedMentionsSchema>;

export const messageBodySchema = z.looseObject({
  content: z.string().nullish(),
  embeds: z.array(embedSchema).nullish(),
  components: z.array(componentSchema).nullish(),
  flags: z.number().int().nullish(),
  allowed_mentions: allowedMentionsSchema.nullish(),
  attachments: z
    .array(z.looseObject({ id: z.union([z.string(), z.number()]), filename: z.string().nullish() }))
    .nullish(),
  nonce: z.union([z.string(), z.number()]).nullish(),
  enforce_nonce: z.boolean().nullish(),
  message_reference: z.looseObject({ message_id: z.string() }).nullish(),
});
export type MessageBody = z.infer<typeof messageBodySchema>;

export const modalSchema = z.looseObject({
  custom_id: z.string(),
  title: z.string(),
  components: z.array(componentSchema),
});
export type Modal = z.infer<typeof modalSchema>;

export const COMPONENT = {
  row: 1,
  button: 2,
  stringSelect: 3,
  textInput: 4,
  section: 9,
  textDisplay: 10,
  container: 17,
  label: 18,
} as const;

export const LINK_STYLE = 5;

/** The component and everything in it, in reading order. */
export function withInner(component: Component): Component[] {
  const inner = [...(component.components ?? []), component.component, component.accessory];
  return [component, ...inner.flatMap((one) => (one == null ? [] : withInner(one)))];
}
