// What Shellbox says, before any door has given it a form: plain data, no mark-up of any platform.
import type { BoxState } from '../boxes/states.ts';

/**
 * One part of a reply.
 * - `text`: a sentence or several lines.
 * - `code`: exactly what is to be pasted, nothing else; one line unless it must be more.
 * - `command`: a Shellbox command to type next, without `shellbox`; the door adds what its users must type before it.
 * - `table`: columns are aligned by the door.
 * - `actions`: commands offered as buttons where a door has them, as lines to type where not.
 * - `confirm`: a question whose yes is `command`, `confirm` and a code: asked where a person can answer at once, a button or a line to
 *   type where not.
 */
export type Block =
  | { kind: 'text'; text: string }
  | { kind: 'code'; text: string; label?: string }
  | { kind: 'command'; command: string; label?: string }
  | { kind: 'table'; head: readonly string[]; rows: readonly (readonly string[])[] }
  | { kind: 'actions'; actions: readonly Action[] }
  | { kind: 'confirm'; question: string; command: string; label: string };

export interface Action {
  label: string;
  /** The command that the button stands for, as it would be typed, without `shellbox`. */
  command: string;
  /**
   * What a button does when it is pressed, if not `command`: the same command bound to the box's id, because by then the name may
   * stand for another box, or the presser have one of that name. `sure` is asked first, where the platform can ask, and `command` is
   * then taken for answered.
   */
  press?: { command: string; sure?: { question: string; command: string } };
}

export const OUTCOMES = ['done', 'failed', 'usage'] as const;
/** done: exit status 0; failed: 1; usage: 2. */
export type Outcome = (typeof OUTCOMES)[number];

export interface Reply {
  outcome: Outcome;
  blocks: readonly Block[];
  /** Of a command that ran in a box: what a terminal is told instead of what the outcome means. It ran, so all in the thread may read how it ended. */
  exitStatus?: number;
  /** A code among the blocks that works once, of letters and digits: what is kept of the reply after it was told does not hold it. */
  code?: string;
}

/** One step of a job as people see it: `✓ home volume, 10 GiB  0.1 s`. */
export interface ProgressLine {
  label: string;
  state: 'working' | 'done' | 'failed';
  /** Undefined while it is working. */
  tookMs?: number;
}

/** How the state of a step is shown wherever there is only text. */
export const STEP_SIGN = { working: '…', done: '✓', failed: '✗' } as const satisfies Record<
  ProgressLine['state'],
  string
>;

export interface Progress {
  title: string;
  lines: readonly ProgressLine[];
  /** What can be said of the wait: `2 ahead of yours · usually 38 s`. */
  note?: string;
  /** The last lines of what a program prints, shown as they are below the steps. */
  output?: string;
}

/** What a chat shows of it: the note above the steps; where there are none yet, what is being done or waited for. */
export function progressLines(
  { title, lines, note }: Progress,
  stepText: (line: ProgressLine) => string,
): readonly string[] {
  const notes = note === undefined ? [] : [note];
  if (lines.length > 0) return [...notes, ...lines.map((line) => `${STEP_SIGN[line.state]} ${stepText(line)}`)];
  const doing = title !== '' ? title : note === undefined ? 'working' : 'waiting';
  return [`○ ${[doing, ...notes].join(' · ')}…`];
}

/** The state of a box at the head of its thread: `mybox · ana · ● running`. */
export interface Light {
  box: string;
  /** Whose it is, as the door shows people. */
  owner: string;
  state: BoxState;
  /** ISO 8601. */
  since: string;
}

/** What a message carries. */
export type MessageBody =
  | { kind: 'light'; light: Light }
  | { kind: 'reply'; reply: Reply }
  | { kind: 'progress'; progress: Progress }
  | { kind: 'notice'; reply: Reply }
  | Transcript;

/** What is said to somebody and not only shown. */
export type SpokenBody = Exclude<MessageBody, { kind: 'light' | 'progress' }>;

/** Why an answer is never sent: one like it came today, or too many that helped nobody came within the hour. */
export type HeldBack = 'help' | 'unsuccessful';

/** The answer to several commands that came together, where a door answers with one message; `rest` ends it. */
export interface Transcript {
  kind: 'transcript';
  entries: readonly TranscriptEntry[];
  rest?: string;
  held?: HeldBack;
  /** No more answers like this one go to its reader before this time, which is to be said last: ISO 8601. */
  quietUntil?: string;
}

export interface TranscriptEntry {
  /** As typed. */
  line: string;
  reply: Reply;
  /** What was done for it, where a job was. */
  log?: readonly LogLine[];
  /** The name of the box that the job was about. */
  box?: string;
}

export interface LogLine extends ProgressLine {
  /** When it began, ISO 8601. */
  at: string;
}

export const text = (value: string): Block => ({ kind: 'text', text: value });
export const code = (value: string, label?: string): Block => ({
  kind: 'code',
  text: value,
  ...(label ? { label } : {}),
});
export const command = (value: string, label?: string): Block => ({
  kind: 'command',
  command: value,
  ...(label ? { label } : {}),
});
export const say = (...blocks: (Block | string)[]): Reply => reply('done', blocks);
export const fail = (...blocks: (Block | string)[]): Reply => reply('failed', blocks);
export const misuse = (...blocks: (Block | string)[]): Reply => reply('usage', blocks);

/** What a body says as one reply: a transcript's replies follow each other, and the worst outcome is that of all. */
export function replyOf(body: SpokenBody): Reply {
  if (body.kind !== 'transcript') return body.reply;
  const replies = body.entries.map((entry) => entry.reply);
  const outcome = OUTCOMES.findLast((each) => replies.some((reply) => reply.outcome === each)) ?? 'done';
  const rest = body.rest === undefined ? [] : [text(body.rest)];
  return { outcome, blocks: [...replies.flatMap((reply) => reply.blocks), ...rest] };
}

/** What stands for a code where it was. */
export const HIDDEN_CODE = '••••••';

/** The reply, naming the code in it: its own, or the one of its question. */
export function namingCode(reply: Reply): Reply {
  const question = reply.blocks.find((block) => block.kind === 'confirm');
  const code = reply.code ?? question?.command.split(' ')[1];
  return code === undefined ? reply : { ...reply, code };
}

/** The reply as it is kept for later. */
export function withoutCode({ code: told, ...rest }: Reply): Reply {
  if (told === undefined) return rest;
  const kept: Reply = JSON.parse(JSON.stringify(rest).replaceAll(told, HIDDEN_CODE));
  return kept;
}

function reply(outcome: Outcome, blocks: (Block | string)[]): Reply {
  return { outcome, blocks: blocks.map((block) => (typeof block === 'string' ? text(block) : block)) };
}

/** `0.3 s`, `12 s`, `2 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min${seconds % 60 === 0 ? '' : ` ${seconds % 60} s`}`;
}
