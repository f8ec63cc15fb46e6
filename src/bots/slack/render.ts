// How what Shellbox says looks in Slack: rich text, code to copy, buttons; and its fallback as plain text.
import { STATE_SIGN } from '../../boxes/states.ts';
import {
  type Action,
  type Block,
  type Light,
  type MessageBody,
  type Progress,
  type ProgressLine,
  progressLines,
  type Reply,
  replyOf,
} from '../../threads/reply.ts';
import { cut, plain } from '../../threads/shown.ts';
import { alignedTable, stepText } from '../chat-text.ts';
import {
  buttonRows,
  codeBlock,
  fitted,
  type Part,
  type Pressable,
  paragraph,
  plan,
  richText,
  type SlackBlock,
  type Task,
  words,
} from './blocks.ts';
import { escaped } from './escape.ts';
import { BUTTON_VALUE_MAX, TEXT_MAX } from './limits.ts';

/** What a message consists of, for chat.postMessage and its kin. */
export interface Content {
  /** Shown in notifications and where blocks cannot be. */
  text: string;
  blocks: SlackBlock[];
}

/** How commands are typed where the message stands: slash commands cannot be typed in threads, and need no mention in direct messages. */
export type Typed = 'slash' | 'mention' | 'direct';

const PREFIX = { slash: '/shellbox ', mention: '@shellbox ', direct: '' } as const satisfies Record<Typed, string>;

/** How a step looks on the card of a plan. */
const TASK_STATUS = { working: 'in_progress', done: 'complete', failed: 'error' } as const satisfies Record<
  ProgressLine['state'],
  Task['status']
>;

/** `plans`: the workspace has cards for plans. */
export function render(body: MessageBody, typed: Typed, plans = true): Content {
  if (body.kind === 'light') return renderLight(body.light);
  if (body.kind === 'progress') return renderProgress(body.progress, plans);
  return renderReply(replyOf(body), typed);
}

function renderLight({ box, owner, state, since }: Light): Content {
  const at = Math.floor(new Date(since).getTime() / 1000);
  const rest = ` · ${owner} · ${STATE_SIGN[state]} ${state}`;
  const settled = state === 'stopped' || state === 'error' || state === 'destroyed';
  // Each reader sees the time in their own zone.
  const time = { type: 'date', timestamp: at, format: ' {date_short_pretty} {time}', fallback: '' } as const;
  const parts = [paragraph(words(box, { bold: true }), rest, ...(settled && Number.isFinite(at) ? [time] : []))];
  return { text: escaped(plain(box + rest)), blocks: [richText(parts)] };
}

function renderProgress(progress: Progress, plans: boolean): Content {
  const text = progressLines(progress, stepText).join('\n');
  const { title, note, lines, output } = progress;
  const tasks = lines.map((line) => ({ title: stepText(line), status: TASK_STATUS[line.state] }));
  const head = [title === '' ? 'working' : title, ...(note === undefined ? [] : [note])].join(' · ');
  const printed = output === undefined || output === '' ? [] : [codeBlock(output)];
  const blocks =
    plans && tasks.length > 0
      ? [plan(head, tasks), ...(printed.length === 0 ? [] : [richText(printed)])]
      : [richText([paragraph(text), ...printed])];
  return { text: cut(escaped(plain(text)), TEXT_MAX), blocks: fitted(blocks) };
}

export function renderReply(reply: Reply, typed: Typed): Content {
  const blocks: SlackBlock[] = [];
  let parts: Part[] = [];
  const flush = (): void => {
    if (parts.length > 0) blocks.push(richText(parts));
    parts = [];
  };
  for (const [place, block] of reply.blocks.entries()) {
    const buttons = buttonsOf(block);
    parts.push(...partsOf(block, typed, buttons.length > 0));
    if (buttons.length > 0) {
      flush();
      blocks.push(...buttonRows(buttons, String(place)));
    }
  }
  flush();
  const fit = fitted(blocks.length === 0 ? [richText([paragraph('✓')])] : blocks);
  return { text: cut(escaped(plain(asText(reply, typed))), TEXT_MAX), blocks: fit };
}

function partsOf(block: Block, typed: Typed, hasButtons: boolean): Part[] {
  switch (block.kind) {
    case 'text':
      return [paragraph(block.text)];
    case 'code':
      return [...labelled(block.label), codeBlock(block.text)];
    case 'command':
      return [...labelled(block.label), codeBlock(PREFIX[typed] + block.command)];
    case 'table':
      return [codeBlock(alignedTable(block.head, block.rows))];
    case 'actions':
      return hasButtons ? [] : block.actions.map((action) => codeBlock(PREFIX[typed] + action.command));
    case 'confirm':
      return [paragraph(block.question), ...(hasButtons ? [] : [codeBlock(PREFIX[typed] + block.command)])];
  }
}

/** Each that Slack would not take as a button stays a line to type. */
function buttonsOf(block: Block): Pressable[] {
  if (block.kind === 'confirm') return takable([{ label: block.label, value: block.command, style: 'danger' }]);
  return block.kind === 'actions' ? takable(block.actions.map(pressable)) : [];
}

function takable(buttons: readonly Pressable[]): Pressable[] {
  return buttons.every(({ value }) => value.length <= BUTTON_VALUE_MAX) ? [...buttons] : [];
}

function pressable({ label, command, press }: Action): Pressable {
  if (press?.sure !== undefined) return { label, value: press.sure.command, question: press.sure.question };
  return { label, value: press?.command ?? command };
}

function labelled(label: string | undefined): Part[] {
  return label === undefined ? [] : [paragraph(`${label}:`)];
}

/** For notifications: what is said, without what is to be pasted. */
function asText(reply: Reply, typed: Typed): string {
  const said = reply.blocks.flatMap((block) => (block.kind === 'text' ? [block.text] : []));
  if (said.length > 0) return said.join('\n');
  return (
    reply.blocks.map((block) => ('command' in block ? PREFIX[typed] + block.command : '')).join('\n') || 'Shellbox'
  );
}
