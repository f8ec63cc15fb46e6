// How a person presses a button or chooses from a menu: found by its label in what they can see.
import { COMPONENT, type Component, LINK_STYLE, withInner } from './content.ts';
import type { DiscordMessage } from './message.ts';
import type { PersonOnStage } from './stage.ts';
import { isVisibleTo } from './state.ts';
import type { Wire } from './wire.ts';

/** A message, or any in a channel: the newest that has the label. */
export type Where = DiscordMessage | { channel: string };

export interface Pressed {
  message: DiscordMessage;
  data: Wire;
}

/** Throws when this person sees no such label there that can be pressed. */
export function press({ world, person }: PersonOnStage, where: Where, label: string): Pressed {
  const inChannel = 'channel' in where ? world.state.channel(where.channel)?.messages : [where];
  const visible = (inChannel ?? []).filter((message) => isVisibleTo(message, person.id));
  for (const message of visible.toReversed()) {
    for (const component of message.components.flatMap(withInner)) {
      const data = pressedData(component, label);
      if (data !== undefined) return { message, data };
    }
  }
  throw new Error(`${person.name} sees no [${label}] there.`);
}

function pressedData(component: Component, label: string): Wire | undefined {
  const { type, custom_id, options } = component;
  if (type === COMPONENT.button && component.label === label) {
    if (component.disabled === true || component.style === LINK_STYLE) return undefined;
    return { custom_id, component_type: type, id: 1 };
  }
  const chosen = type === COMPONENT.stringSelect ? options?.find((option) => option.label === label) : undefined;
  return chosen && { custom_id, component_type: type, values: [chosen.value], id: 1 };
}
