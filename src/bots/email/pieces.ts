// What a mail shows, in order and in words, before it becomes text and HTML: so that both say the same.
import {
  type Action,
  type Block,
  type Outcome,
  type Reply,
  replyOf,
  type SpokenBody,
  type TranscriptEntry,
} from '../../threads/reply.ts';
import { cut } from '../../threads/shown.ts';
import { wholeMinuteAfter } from './clock.ts';
import { LOG_LINES_SHOWN, logFile, logSentence } from './log-lines.ts';
import { plain, plainLine } from './text.ts';

/**
 * - `asked`: the line that is answered.
 * - `say`: sentences.
 * - `paste`: exactly what is to be copied, every line as it is.
 * - `type`: a command to answer with.
 * - `next`: commands that may be answered with.
 * - `aside`: what only the curious read.
 *
 * Nothing in them is invisible or a control character, but for line feeds in `say` and `paste`.
 */
export type Piece =
  | { kind: 'asked'; line: string }
  | { kind: 'say'; text: string }
  | { kind: 'paste'; label: string | undefined; text: string }
  | { kind: 'type'; label: string | undefined; command: string }
  | { kind: 'table'; rows: readonly (readonly string[])[]; hasHead: boolean }
  | { kind: 'next'; commands: readonly string[] }
  | { kind: 'aside'; text: string };

/** What belongs together: one command and its answer. */
export interface Section {
  outcome: Outcome;
  pieces: readonly Piece[];
}

export interface MailFile {
  name: string;
  text: string;
}

const YES = 'To say yes, answer with';
const NO_COMMAND =
  'I found no command in your mail. Write one in the subject, or one a line in the text, for example: spinup mybox';
/** Of a line that is answered; enough to know it by. */
const LONGEST_ASKED = 200;
const BOX_NAME = /^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$/;

/** `timeZone` is an IANA name; `remarks` are said before what ends the body. */
export function sectionsOf(
  body: SpokenBody,
  timeZone: string,
  remarks: readonly string[] = [],
): { sections: Section[]; files: MailFile[] } {
  if (body.kind !== 'transcript') return { sections: [sectionOf(replyOf(body), [], [])], files: [] };
  const files: MailFile[] = [];
  const sections = body.entries.map((entry) =>
    sectionOf(entry.reply, [askedPiece(entry.line)], logPieces(entry, timeZone, files)),
  );
  const quiet = body.quietUntil === undefined ? [] : [quietText(body.quietUntil, timeZone)];
  const last = [...remarks, ...(body.rest === undefined ? [] : [body.rest]), ...quiet];
  if (last.length > 0)
    sections.push({ outcome: 'usage', pieces: last.map((text) => ({ kind: 'say', text: plain(text) })) });
  return { sections, files };
}

function askedPiece(line: string): Piece {
  return line === '' ? { kind: 'say', text: NO_COMMAND } : { kind: 'asked', line: cut(plainLine(line), LONGEST_ASKED) };
}

/** Whoever writes on would wait for what does not come. */
function quietText(until: string, timeZone: string): string {
  return `I answer no more mails like these until ${wholeMinuteAfter(new Date(until), timeZone)}; mails with a command that works are answered as ever.`;
}

function sectionOf({ outcome, blocks }: Reply, before: readonly Piece[], after: readonly Piece[]): Section {
  const typed = blocks.flatMap((block) => ('command' in block ? [block.command] : []));
  const said = blocks.flatMap((block, at) => piecesOf(introduced(block, blocks[at - 1]), typed));
  return {
    outcome,
    pieces: [...before, ...(said.length === 0 ? [{ kind: 'say', text: 'Done.' } as const] : said), ...after],
  };
}

/** A command to type that stands alone says what it is there for. */
function introduced(block: Block, before: Block | undefined): Block {
  if (block.kind !== 'command' || block.label !== undefined) return block;
  const isTold = before?.kind === 'command' || (before?.kind === 'text' && before.text.trimEnd().endsWith(':'));
  return isTold ? block : { ...block, label: 'Answer with' };
}

function piecesOf(block: Block, typed: readonly string[]): Piece[] {
  switch (block.kind) {
    case 'text':
      return [{ kind: 'say', text: plain(block.text) }];
    case 'code':
      return [{ kind: 'paste', label: labelOf(block.label), text: plain(block.text) }];
    case 'command':
      return [{ kind: 'type', label: labelOf(block.label), command: plainLine(block.command) }];
    case 'table':
      return table(block.head, block.rows);
    case 'actions':
      return next(block.actions, typed);
    case 'confirm':
      return [{ kind: 'type', label: `${plainLine(block.question)} ${YES}`, command: plainLine(block.command) }];
  }
}

function labelOf(label: string | undefined): string | undefined {
  return label === undefined ? undefined : plainLine(label);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): Piece[] {
  const hasHead = head.some((name) => name !== '');
  const all = (hasHead ? [head, ...rows] : rows).map((row) => row.map(plainLine));
  return all.length === 0 ? [] : [{ kind: 'table', rows: all, hasHead }];
}

/** Those that do not stand there to be typed already. */
function next(actions: readonly Action[], typed: readonly string[]): Piece[] {
  const commands = actions
    .map(({ command }) => command)
    .filter((command) => !typed.some((line) => line === command || line.startsWith(`${command} `)));
  return commands.length === 0 ? [] : [{ kind: 'next', commands: [...new Set(commands.map(plainLine))] }];
}

function logPieces({ log, box }: TranscriptEntry, timeZone: string, files: MailFile[]): Piece[] {
  if (log === undefined || log.length === 0) return [];
  if (log.length <= LOG_LINES_SHOWN) return [{ kind: 'aside', text: `Log: ${logSentence(log, timeZone)}` }];
  const stem = box !== undefined && BOX_NAME.test(box) ? box : 'box';
  const same = files.filter(({ name }) => name === `${stem}.log` || name.startsWith(`${stem}.log.`)).length;
  const name = `${stem}.log${same === 0 ? '' : `.${same + 1}`}`;
  files.push({ name, text: logFile(log, timeZone) });
  return [{ kind: 'aside', text: `Log: ${log.length} lines, attached as ${name}.` }];
}
