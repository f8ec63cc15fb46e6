// Messages and dialogs as a person sees them, in text: embeds set off by `│`, code marked `┌code┐`, buttons as [Label].
import { COMPONENT, type Component, type Embed, LINK_STYLE, type Modal } from './content.ts';
import { type Names, shownMarkdown } from './markdown.ts';
import { type DiscordMessage, isLoading } from './message.ts';
import type { State } from './state.ts';

export function namesIn(state: State): Names {
  return {
    person: (id) => state.person(id)?.name,
    role: (id) => state.role(id)?.name,
    channel: (id) => state.channel(id)?.name,
  };
}

export function shownMessage(message: DiscordMessage, state: State): string {
  if (isLoading(message)) return `${state.person(message.authorId)?.name} is thinking…`;
  const names = namesIn(state);
  return [
    ...(message.content === '' ? [] : [shownMarkdown(message.content, names)]),
    ...message.embeds.map((embed) => shownEmbed(embed, names)),
    ...message.attachments.map(({ filename, bytes }) => `[file ${filename}, ${bytes.length} bytes]`),
    ...message.components.map((component) => shownComponent(component, names)),
  ].join('\n');
}

function shownEmbed(embed: Embed, names: Names): string {
  const shown = (text: string) => shownMarkdown(text, names);
  const parts = [
    embed.author?.name,
    embed.title == null ? undefined : shown(embed.title),
    embed.description == null ? undefined : shown(embed.description),
    ...(embed.fields ?? []).map(({ name, value }) => `${shown(name)}: ${shown(value)}`),
    embed.footer?.text,
  ];
  const text = parts.flatMap((part) => (part == null || part === '' ? [] : [part])).join('\n');
  return text.replaceAll(/^/gm, '│ ');
}

export function shownComponent(component: Component, names: Names): string {
  const { type, label, placeholder, options, content, components, component: inner, accessory } = component;
  switch (type) {
    case COMPONENT.row:
      return (components ?? []).map((one) => shownComponent(one, names)).join(' ');
    case COMPONENT.button: {
      const mark = component.style === LINK_STYLE ? ' ↗' : component.disabled === true ? ' (disabled)' : '';
      return `[${label ?? ''}${mark}]`;
    }
    case COMPONENT.stringSelect:
      return `[${placeholder ?? '…'} ▾ ${(options ?? []).map((option) => option.label).join(' | ')}]`;
    case COMPONENT.textInput:
      return `${label == null ? '' : `${label}: `}<${component.value ?? placeholder ?? ''}>`;
    case COMPONENT.textDisplay:
      return shownMarkdown(content ?? '', names);
    case COMPONENT.label:
      return `${label ?? ''}: ${inner == null ? '' : shownComponent(inner, names)}`;
    default:
      return [...(components ?? []), ...(accessory == null ? [] : [accessory])]
        .map((one) => shownComponent(one, names))
        .join('\n');
  }
}

export function shownModal(modal: Modal, state: State): string {
  const fields = modal.components.map((component) => shownComponent(component, namesIn(state)));
  return [`== ${modal.title} ==`, ...fields, '[Cancel] [Submit]'].join('\n');
}
