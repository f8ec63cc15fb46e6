// Blocks as a person sees them, in text: sections as prose, code marked `┌code┐`, buttons as [Label].
import type { Block } from './blocks.ts';
import type { TextObject } from './composition.ts';
import type { ActionElement, InputElement } from './elements.ts';
import type { Content, SlackMessage } from './message.ts';
import { type Names, shownCode, shownMrkdwn, unescaped } from './mrkdwn.ts';
import type { RichTextInline, RichTextPart } from './rich-text.ts';
import type { ViewContent } from './view-check.ts';

/** With blocks, the text is for notifications only and is not seen. */
function shownContent(content: Content, names: Names): string {
  if (content.blocks.length === 0) return shownMrkdwn(content.text, names);
  return shownBlocks(content.blocks, names);
}

/** With its files below it. */
export function shownMessage(message: SlackMessage, names: Names): string {
  const files = message.files.map(({ title, size }) => `[file ${title}, ${size} bytes]`);
  const content = message.text === '' && message.blocks.length === 0 ? [] : [shownContent(message, names)];
  return [...content, ...files].join('\n');
}

export function shownBlocks(blocks: readonly Block[], names: Names): string {
  return blocks.map((block) => shownBlock(block, names)).join('\n');
}

export function shownView(view: ViewContent, names: Names): string {
  const blocks = shownBlocks(view.blocks, names);
  if (view.type === 'home') return blocks;
  const buttons = [view.close?.text ?? 'Cancel', ...(view.submit === undefined ? [] : [view.submit.text])];
  return [`== ${unescaped(view.title.text)} ==`, blocks, buttons.map((label) => `[${label}]`).join(' ')].join('\n');
}

function shownBlock(block: Block, names: Names): string {
  switch (block.type) {
    case 'divider':
      return '────';
    case 'header':
      return unescaped(block.text.text);
    case 'section': {
      const texts = [...(block.text === undefined ? [] : [block.text]), ...(block.fields ?? [])];
      const shown = texts.map((text) => shownText(text, names)).join('\n');
      return block.accessory === undefined ? shown : `${shown}  ${shownElement(block.accessory)}`;
    }
    case 'context':
      return block.elements.map((text) => shownText(text, names)).join('  ');
    case 'actions':
      return block.elements.map(shownElement).join(' ');
    case 'input': {
      const optional = block.optional ? ' (optional)' : '';
      const hint = block.hint === undefined ? '' : `\n${unescaped(block.hint.text)}`;
      return `${unescaped(block.label.text)}${optional}: ${shownElement(block.element)}${hint}`;
    }
    case 'plan':
      return [`▾ ${block.title}`, ...(block.tasks ?? []).map((task) => `${TASK_SIGN[task.status]} ${task.title}`)].join(
        '\n',
      );
    case 'rich_text':
      return block.elements.map((part) => shownPart(part, names)).join('\n');
  }
}

const TASK_SIGN = { pending: '○', in_progress: '…', complete: '✓', error: '✗' };

function shownText(text: TextObject, names: Names): string {
  return text.type === 'mrkdwn' ? shownMrkdwn(text.text, names) : unescaped(text.text);
}

function shownElement(element: ActionElement | InputElement): string {
  switch (element.type) {
    case 'button':
      return `[${unescaped(element.text.text)}]`;
    case 'overflow':
      return `[… ${element.options.map((option) => unescaped(option.text.text)).join(' | ')}]`;
    case 'static_select': {
      const chosen = element.initial_option?.text ?? element.placeholder;
      return `[${chosen === undefined ? '' : unescaped(chosen.text)} ▾ ${element.options.map((option) => unescaped(option.text.text)).join(' | ')}]`;
    }
    case 'plain_text_input':
      return `‹${element.initial_value ?? element.placeholder?.text ?? ''}›`;
  }
}

function shownPart(part: RichTextPart, names: Names): string {
  switch (part.type) {
    case 'rich_text_section':
      return shownInlines(part.elements, names);
    case 'rich_text_preformatted':
      return shownCode(shownInlines(part.elements, names));
    case 'rich_text_quote':
      return shownInlines(part.elements, names).replaceAll(/^/gm, '> ');
    case 'rich_text_list':
      return part.elements.map((item) => `• ${shownInlines(item.elements, names)}`).join('\n');
  }
}

function shownInlines(inlines: readonly RichTextInline[], names: Names): string {
  return inlines.map((inline) => shownInline(inline, names)).join('');
}

function shownInline(inline: RichTextInline, names: Names): string {
  switch (inline.type) {
    case 'text':
      return inline.text;
    case 'link':
      return inline.text ?? inline.url;
    case 'user':
      return `@${names.person(inline.user_id) ?? inline.user_id}`;
    case 'channel':
      return `#${names.channel(inline.channel_id) ?? inline.channel_id}`;
    case 'emoji':
      return `:${inline.name}:`;
    case 'date':
      // Each reader sees it in their own zone; here it is UTC.
      return inline.format.replace(/\{[a-z_]+\}/g, (token) =>
        new Date(inline.timestamp * 1000).toISOString().slice(...(token === '{time}' ? [11, 16] : [0, 10])),
      );
    case 'broadcast':
      return `@${inline.range}`;
  }
}
