// The blocks of Block Kit that this door builds with, and what keeps a message within what Slack takes.
import type {
  ActionsBlock,
  Button,
  PlanBlock,
  RichTextBlock,
  RichTextBlockElement,
  RichTextElement,
  SectionBlock,
  TaskCardBlock,
} from '@slack/types';
import { cut, plain } from '../../threads/shown.ts';
import {
  ACTIONS_MAX,
  BLOCKS_JSON_MAX,
  BLOCKS_MAX,
  BUTTON_TEXT_MAX,
  CONFIRM_BUTTON_MAX,
  CONFIRM_TEXT_MAX,
  CONFIRM_TITLE_MAX,
  TASK_TITLE_MAX,
  TASKS_MAX,
} from './limits.ts';

export type Part = RichTextBlockElement;
export type SlackBlock = RichTextBlock | ActionsBlock | SectionBlock | PlanBlock;

/** A paragraph; `text` is shown as it is. */
export function paragraph(...elements: (string | RichTextElement)[]): Part {
  const all = elements.map((element) => (typeof element === 'string' ? words(element) : element));
  return { type: 'rich_text_section', elements: all };
}

export function words(text: string, style?: { bold?: boolean }): RichTextElement {
  return { type: 'text', text: plain(text) || ' ', ...(style === undefined ? {} : { style }) };
}

/** What is copied out of it is exactly `text`. */
export function codeBlock(text: string): Part {
  return { type: 'rich_text_preformatted', elements: [{ type: 'text', text: plain(text) || ' ' }], border: 0 };
}

export function richText(parts: readonly Part[]): RichTextBlock {
  return { type: 'rich_text', elements: [...parts] };
}

export interface Task {
  title: string;
  status: TaskCardBlock['status'];
}

/** A card whose tasks are ticked off one after the other; nothing in it is parsed. */
export function plan(title: string, tasks: readonly Task[]): PlanBlock {
  const cards = tasks.slice(-TASKS_MAX).map(
    (task, index): TaskCardBlock => ({
      type: 'task_card',
      task_id: String(index),
      title: cut(plain(task.title) || ' ', TASK_TITLE_MAX),
      status: task.status,
    }),
  );
  return { type: 'plan', title: cut(plain(title) || ' ', TASK_TITLE_MAX), tasks: cards };
}

export interface Pressable {
  label: string;
  /** What is handed back when it is pressed. */
  value: string;
  /** Asked before. */
  question?: string | undefined;
  style?: 'primary' | 'danger';
}

/** Rows of buttons. `place` makes their ids differ from those of other rows in the message. */
export function buttonRows(buttons: readonly Pressable[], place: string): ActionsBlock[] {
  const rows: ActionsBlock[] = [];
  for (let at = 0; at < buttons.length; at += ACTIONS_MAX)
    rows.push({
      type: 'actions',
      elements: buttons.slice(at, at + ACTIONS_MAX).map((one, index) => button(one, `run:${place}:${at + index}`)),
    });
  return rows;
}

function button({ label, value, question, style }: Pressable, actionId: string): Button {
  return {
    type: 'button',
    action_id: actionId,
    text: { type: 'plain_text', text: cut(label, BUTTON_TEXT_MAX), emoji: false },
    value,
    ...(style === undefined ? {} : { style }),
    ...(question === undefined
      ? {}
      : {
          confirm: {
            title: { type: 'plain_text', text: cut(label.replace(/…$/, ''), CONFIRM_TITLE_MAX) },
            text: { type: 'plain_text', text: cut(question, CONFIRM_TEXT_MAX) },
            confirm: { type: 'plain_text', text: cut(label.replace(/…$/, ''), CONFIRM_BUTTON_MAX) },
            deny: { type: 'plain_text', text: 'Cancel' },
            style: 'danger',
          },
        }),
  };
}

/** The longest texts are shortened, visibly, until Slack takes the whole; the buttons stay. */
export function fitted(blocks: readonly SlackBlock[]): SlackBlock[] {
  let fit = blocks.slice(0, BLOCKS_MAX);
  for (
    let longest = BLOCKS_JSON_MAX;
    sizeOf(fit) > BLOCKS_JSON_MAX && longest > 16;
    longest = Math.floor(longest / 2)
  ) {
    const most = longest / 2;
    fit = fit.map((block) => (block.type === 'rich_text' ? shortened(block, most) : block));
  }
  return fit;
}

function sizeOf(blocks: readonly SlackBlock[]): number {
  return JSON.stringify(blocks).length;
}

function shortened(block: RichTextBlock, most: number): RichTextBlock {
  const elements = block.elements.map((part): Part => {
    if (part.type === 'rich_text_section')
      return {
        ...part,
        elements: part.elements.map((one) => (one.type === 'text' ? { ...one, text: cut(one.text, most) } : one)),
      };
    if (part.type === 'rich_text_preformatted')
      return {
        ...part,
        elements: part.elements.map((one) => (one.type === 'text' ? { ...one, text: cut(one.text, most) } : one)),
      };
    return part;
  });
  return { ...block, elements };
}
