// How what Shellbox says looks in Discord: Markdown, code to copy, an embed for what is final, and buttons.
import { STATE_SIGN } from '../../boxes/states.ts';
import {
  type Action,
  type Block,
  type Light,
  type MessageBody,
  type Progress,
  progressLines,
  type Reply,
  replyOf,
} from '../../threads/reply.ts';
import { cut, plain } from '../../threads/shown.ts';
import { alignedTable, stepText } from '../chat-text.ts';
import { type ButtonRow, buttonRows, isPressable, type Pressable } from './buttons.ts';
import { CONTENT_MAX, EMBED_TEXT_MAX } from './limits.ts';
import { codeBlock, escaped, fittingLines } from './text.ts';

/** What a message consists of; `file` is attached as text. */
export interface Content {
  content: string;
  embeds: { description: string; color: number }[];
  components: ButtonRow[];
  file?: string;
}

const PREFIX = '/shellbox ';
const ATTACHED = '… the whole text is attached.';
const COLOUR = { done: 0x2e_a0_43, failed: 0xda_36_33, usage: 0xd2_99_22 } as const satisfies Record<
  Reply['outcome'],
  number
>;

/** `row` goes into the buttons. A message that others see has at least one, or it could not be found again. */
export function render(body: MessageBody, row: string, isFindable: boolean): Content {
  if (body.kind === 'light') return renderLight(body.light, row);
  if (body.kind === 'progress') return renderProgress(body.progress, row, isFindable);
  return renderReply(replyOf(body), row, isFindable);
}

function renderLight({ box, owner, state, since }: Light, row: string): Content {
  const at = Math.floor(new Date(since).getTime() / 1000);
  const settled = state === 'stopped' || state === 'error' || state === 'destroyed';
  // Each reader sees the time in their own zone.
  const time = settled && Number.isFinite(at) ? ` <t:${at}:f>` : '';
  return {
    content: `**${escaped(box)}** · ${escaped(owner)} · ${STATE_SIGN[state]} ${state}${time}`,
    embeds: [],
    components: buttonRows(row, [{ label: 'Info', command: `info ${box}` }]),
  };
}

function renderProgress(progress: Progress, row: string, isFindable: boolean): Content {
  const text = progressLines(progress, stepText).map(escaped);
  if (progress.output !== undefined && progress.output !== '') text.push(codeBlock(progress.output));
  // The newest lines say most.
  while (text.length > 1 && text.join('\n').length > CONTENT_MAX) text.shift();
  return {
    content: cut(text.join('\n'), CONTENT_MAX),
    embeds: [],
    components: buttonRows(row, isFindable ? [{ label: 'Log', command: 'logs' }] : []),
  };
}

function renderReply(reply: Reply, row: string, isFindable: boolean): Content {
  const buttons = reply.blocks.flatMap(buttonsOf);
  if (buttons.length === 0 && isFindable) buttons.push({ label: 'My boxes', command: 'list' });
  const pieces = reply.blocks.flatMap((block) => piecesOf(block));
  if (pieces.length === 0) pieces.push('✓');
  const fitted = fittingLines(pieces, EMBED_TEXT_MAX - ATTACHED.length - 1);
  const description = fitted.whole ? fitted.text : `${fitted.text}\n${ATTACHED}`;
  return {
    content: '',
    embeds: [{ description, color: COLOUR[reply.outcome] }],
    components: buttonRows(row, buttons),
    ...(fitted.whole ? {} : { file: reply.blocks.map(asText).join('\n') }),
  };
}

function piecesOf(block: Block): string[] {
  switch (block.kind) {
    case 'text':
      return [escaped(block.text)];
    case 'code':
      return [...labelled(block.label), codeBlock(block.text)];
    case 'command':
      return [...labelled(block.label), codeBlock(PREFIX + block.command)];
    case 'table':
      return [codeBlock(alignedTable(block.head, block.rows))];
    case 'actions':
      return block.actions
        .filter((action) => !isPressable(pressOf(action)))
        .map((action) => codeBlock(PREFIX + action.command));
    case 'confirm':
      return [escaped(block.question), ...(isPressable(block.command) ? [] : [codeBlock(PREFIX + block.command)])];
  }
}

/** Discord has no dialog that asks before a button acts, so what is to be asked first asks in its answer. */
function pressOf({ command, press }: Action): string {
  return press?.command ?? command;
}

function buttonsOf(block: Block): Pressable[] {
  if (block.kind === 'confirm')
    return isPressable(block.command) ? [{ label: block.label, command: block.command, style: 'danger' }] : [];
  if (block.kind !== 'actions') return [];
  return block.actions
    .filter((action) => isPressable(pressOf(action)))
    .map((action) => ({
      label: action.label,
      command: pressOf(action),
      style: action.press?.sure === undefined ? 'secondary' : 'danger',
    }));
}

function labelled(label: string | undefined): string[] {
  return label === undefined ? [] : [`${escaped(label)}:`];
}

/** For the attached file. */
function asText(block: Block): string {
  if (block.kind === 'text') return plain(block.text);
  if (block.kind === 'table') return alignedTable(block.head, block.rows);
  if (block.kind === 'actions') return block.actions.map(({ command }) => PREFIX + plain(command)).join('\n');
  const label = block.label === undefined ? '' : `${plain(block.label)}:\n`;
  return label + (block.kind === 'code' ? plain(block.text) : PREFIX + plain(block.command));
}
