// Finds what a person can press by what is written on it, and says what Slack then tells the app.
import type { Block } from './blocks.ts';
import type { Confirm } from './composition.ts';
import type { ActionElement } from './elements.ts';
import { unescaped } from './mrkdwn.ts';

export interface Pressable {
  label: string;
  /** What the person is asked first. */
  confirm: Confirm | undefined;
  /** As in `actions` of block_actions, without its time. */
  action: Record<string, unknown>;
}

/** Buttons, and the choices of menus, in the order in which they stand. */
export function pressables(blocks: readonly Block[]): Pressable[] {
  return blocks.flatMap((block) => elementsOf(block).flatMap((element) => ofElement(element, block.block_id ?? '')));
}

function elementsOf(block: Block): readonly ActionElement[] {
  if (block.type === 'actions') return block.elements;
  return block.type === 'section' && block.accessory !== undefined ? [block.accessory] : [];
}

function ofElement(element: ActionElement, blockId: string): Pressable[] {
  const base = { type: element.type, block_id: blockId, action_id: element.action_id };
  const { confirm } = element;
  if (element.type === 'button') {
    const { text, value, style, url } = element;
    const given = Object.entries({ value, style, url, confirm }).filter(([, property]) => property !== undefined);
    return [{ label: unescaped(text.text), confirm, action: { ...base, text, ...Object.fromEntries(given) } }];
  }
  return element.options.map((option) => ({
    label: unescaped(option.text.text),
    confirm,
    action: { ...base, selected_option: { text: option.text, value: option.value } },
  }));
}
