// Discord's limits on what a message or a modal may hold; what its OpenAPI description leaves out too.
import {
  COMPONENT,
  type Component,
  type Embed,
  LINK_STYLE,
  type MessageBody,
  type Modal,
  withInner,
} from './content.ts';
import * as limit from './limits.ts';
import { DiscordRefusal, type FormError } from './refusal.ts';

export const FLAG = {
  suppressEmbeds: 1 << 2,
  hasThread: 1 << 5,
  ephemeral: 1 << 6,
  loading: 1 << 7,
  suppressNotifications: 1 << 12,
  componentsV2: 1 << 15,
} as const;

/** Throws 50035 with every place that does not fit. */
export function checkMessage(body: MessageBody): void {
  const errors = [
    ...tooLong('content', body.content, limit.CONTENT_MAX),
    ...tooMany('embeds', body.embeds, limit.EMBEDS_MAX),
    ...embedErrors(body.embeds ?? []),
    ...componentErrors(body.components ?? [], ((body.flags ?? 0) & FLAG.componentsV2) !== 0),
    ...tooLong('nonce', typeof body.nonce === 'number' ? String(body.nonce) : body.nonce, limit.NONCE_MAX),
  ];
  refuseOn(errors);
}

export function checkModal(modal: Modal): void {
  const fields = modal.components.flatMap(withInner).filter(({ type }) => type === COMPONENT.textInput);
  refuseOn([
    ...tooLong('data.title', modal.title, limit.MODAL_TITLE_MAX),
    ...tooLong('data.custom_id', modal.custom_id, limit.CUSTOM_ID_MAX),
    ...tooMany('data.components', modal.components, limit.MODAL_FIELDS_MAX),
    ...(modal.title === '' ? [required('data.title')] : []),
    ...(fields.some(({ custom_id }) => custom_id == null) ? [required('data.components')] : []),
    ...sameIds('data.components', modal.components),
  ]);
}

/** 50006, as Discord refuses a message in which there is nothing. */
export function checkNotEmpty(body: MessageBody, files: number): void {
  const isV2 = ((body.flags ?? 0) & FLAG.componentsV2) !== 0;
  const something = (body.content ?? '').trim() !== '' || (body.embeds ?? []).length > 0 || files > 0;
  if (!something && !(isV2 && (body.components ?? []).length > 0)) throw new DiscordRefusal('empty message');
}

function embedErrors(embeds: readonly Embed[]): FormError[] {
  const total = embeds.map(sizeOf).reduce((sum, size) => sum + size, 0);
  const each = embeds.flatMap((embed, index) => {
    const at = `embeds.${index}`;
    return [
      ...tooLong(`${at}.title`, embed.title, limit.EMBED_TITLE_MAX),
      ...tooLong(`${at}.description`, embed.description, limit.EMBED_DESCRIPTION_MAX),
      ...tooLong(`${at}.footer.text`, embed.footer?.text, limit.EMBED_FOOTER_MAX),
      ...tooLong(`${at}.author.name`, embed.author?.name, limit.EMBED_AUTHOR_MAX),
      ...tooMany(`${at}.fields`, embed.fields, limit.EMBED_FIELDS_MAX),
      ...(embed.fields ?? []).flatMap(({ name, value }, field) => [
        ...(name === '' ? [required(`${at}.fields.${field}.name`)] : []),
        ...(value === '' ? [required(`${at}.fields.${field}.value`)] : []),
        ...tooLong(`${at}.fields.${field}.name`, name, limit.EMBED_FIELD_NAME_MAX),
        ...tooLong(`${at}.fields.${field}.value`, value, limit.EMBED_FIELD_VALUE_MAX),
      ]),
    ];
  });
  if (total <= limit.EMBEDS_TOTAL_MAX) return each;
  const message = `Embed size exceeds maximum size of ${limit.EMBEDS_TOTAL_MAX}`;
  return [...each, { at: 'embeds', code: 'MAX_EMBED_SIZE_EXCEEDED', message }];
}

function sizeOf(embed: Embed): number {
  const fields = (embed.fields ?? []).flatMap(({ name, value }) => [name, value]);
  const texts = [embed.title, embed.description, embed.footer?.text, embed.author?.name, ...fields];
  return texts.reduce((sum, text) => sum + limit.lengthOf(text ?? ''), 0);
}

function componentErrors(components: readonly Component[], isV2: boolean): FormError[] {
  const rows = isV2 ? [] : tooMany('components', components, limit.ROWS_MAX);
  const top = isV2 ? [] : components.flatMap(({ type }, index) => (type === COMPONENT.row ? [] : [wrongType(index)]));
  const inner = components.flatMap((component, index) =>
    withInner(component).flatMap((one) => errorsIn(one, `components.${index}`)),
  );
  return [...rows, ...top, ...inner, ...sameIds('components', components)];
}

function errorsIn(component: Component, at: string): FormError[] {
  const ids = tooLong(`${at}.custom_id`, component.custom_id, limit.CUSTOM_ID_MAX);
  switch (component.type) {
    case COMPONENT.row:
      return [
        ...tooMany(`${at}.components`, component.components, limit.BUTTONS_IN_ROW_MAX),
        ...((component.components ?? []).length === 0 ? [required(`${at}.components`)] : []),
      ];
    case COMPONENT.button: {
      const isLink = component.style === LINK_STYLE;
      const hasId = component.custom_id != null && component.custom_id !== '';
      return [
        ...ids,
        ...tooLong(`${at}.label`, component.label, limit.LABEL_MAX),
        ...(isLink === hasId ? [required(`${at}.custom_id`)] : []),
        ...(isLink && component.url == null ? [required(`${at}.url`)] : []),
        ...((component.label ?? '') === '' && component.emoji == null ? [required(`${at}.label`)] : []),
      ];
    }
    case COMPONENT.stringSelect:
      return [
        ...ids,
        ...tooMany(`${at}.options`, component.options, limit.SELECT_OPTIONS_MAX),
        ...((component.options ?? []).length === 0 ? [required(`${at}.options`)] : []),
      ];
    default:
      return ids;
  }
}

function sameIds(at: string, components: readonly Component[]): FormError[] {
  const ids = components.flatMap(withInner).flatMap(({ custom_id }) => (custom_id == null ? [] : [custom_id]));
  if (new Set(ids).size === ids.length) return [];
  const message = 'Component custom id cannot be duplicated';
  return [{ at, code: 'COMPONENT_CUSTOM_ID_DUPLICATED', message }];
}

export function tooLong(at: string, text: string | null | undefined, most: number): FormError[] {
  if (limit.lengthOf(text ?? '') <= most) return [];
  return [{ at, code: 'BASE_TYPE_MAX_LENGTH', message: `Must be ${most} or fewer in length.` }];
}

export function tooMany(at: string, items: readonly unknown[] | null | undefined, most: number): FormError[] {
  if ((items ?? []).length <= most) return [];
  return [{ at, code: 'BASE_TYPE_BAD_LENGTH', message: `Must be between 0 and ${most} in length.` }];
}

export function required(at: string): FormError {
  return { at, code: 'BASE_TYPE_REQUIRED', message: 'This field is required' };
}

function wrongType(index: number): FormError {
  return {
    at: `components.${index}.type`,
    code: 'UNION_TYPE_CHOICES',
    message: 'Value of field "type" must be one of (1,).',
  };
}

export function refuseOn(errors: readonly FormError[]): void {
  if (errors.length > 0) throw new DiscordRefusal('invalid form body', errors);
}
