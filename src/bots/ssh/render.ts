// How replies and progress read in a terminal: plain text, signs in colour where there is one, and nothing that acts.
import { type Block, duration, type ProgressLine, type Reply, STEP_SIGN } from '../../threads/reply.ts';
import { codePoint } from '../../threads/shown.ts';
import { COMMAND_USER } from './services.ts';

/** How commands to type are written, and whether there may be colours. */
export interface RenderView {
  host: string;
  port: number;
  /** Given where the plain address would not lead to the command door, e.g. because the reader is called like one of their boxes. */
  user: string | undefined;
  colours: boolean;
}

const LABEL_WIDTH = 33;
/** C0 and C1 controls, formats (bidirectional ones too), separators that break lines, half characters. */
const ACTS = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const SIGN_COLOURS: Readonly<Record<string, number>> = { '✓': 32, '●': 32, '○': 33, '◌': 90, '✗': 31 };

/** A reply as text that ends with a line feed. A single code block stands bare, so that it can be redirected into a file. */
export function renderReply(reply: Reply, view: RenderView): string {
  const [first] = reply.blocks;
  if (reply.blocks.length === 1 && first?.kind === 'code' && first.label === undefined)
    return `${neutral(first.text)}\n`;
  return renderBlocks(reply.blocks, view);
}

export function renderBlocks(blocks: readonly Block[], view: RenderView): string {
  const typed = new Set(blocks.flatMap((block) => (block.kind === 'command' ? [block.command] : [])));
  return coloured(blocks.map((block) => renderBlock(block, view, typed)).join(''), view);
}

/** `✓ home volume, 10 GiB              0.1 s`, without a line feed. */
export function renderProgress(line: ProgressLine, view: RenderView): string {
  const label = neutral(line.label).replaceAll('\n', ' ');
  const took = line.tookMs === undefined ? '' : `  ${duration(line.tookMs)}`;
  const padded = took === '' ? label : label + ' '.repeat(Math.max(0, LABEL_WIDTH - 2 - width(label)));
  return coloured(`${STEP_SIGN[line.state]} ${padded}${took}`, view);
}

/** What stands above the steps, without a line feed. */
export function renderNote(note: string, view: RenderView): string {
  return coloured(neutral(note).replaceAll('\n', ' '), view);
}

/** `ssh -p 2222 box.acme.dev stop mybox` */
export function commandLine(command: string, view: RenderView): string {
  // What is typed on another machine, under another name, must not depend on that name.
  const user = view.user ?? (/^(link|admin) /.test(command) ? COMMAND_USER : undefined);
  const host = user === undefined ? view.host : `${user}@${view.host}`;
  return `ssh ${view.port === 22 ? '' : `-p ${view.port} `}${host}${command === '' ? '' : ` ${neutral(command)}`}`;
}

/** `text` with line feeds kept and everything else that a terminal would act on written as U+XXXX. */
export function neutral(text: string): string {
  return text
    .replaceAll('\t', '  ')
    .replace(ACTS, (character) => (character === '\n' ? character : codePoint(character)));
}

function renderBlock(block: Block, view: RenderView, typed: ReadonlySet<string>): string {
  switch (block.kind) {
    case 'text':
      return `${neutral(block.text)}\n`;
    case 'code':
      return labelled(block.label, indented(neutral(block.text)));
    case 'command':
      return labelled(block.label, indented(commandLine(block.command, view)));
    case 'table':
      return table(block.head, block.rows);
    case 'actions':
      return next(block.actions.map((action) => action.command).filter((command) => !isTyped(command, typed)));
    case 'confirm':
      return labelled(block.label, indented(commandLine(block.command, view)));
  }
}

/** The command, or one that begins with it, stands there to be typed already. */
function isTyped(command: string, typed: ReadonlySet<string>): boolean {
  return [...typed].some((line) => line === command || line.startsWith(`${command} `));
}

/** Buttons elsewhere; here a reminder of what can be typed, in one line. */
function next(commands: readonly string[]): string {
  return commands.length === 0 ? '' : `Next: ${commands.map(neutral).join(' · ')}\n`;
}

function labelled(label: string | undefined, text: string): string {
  return label === undefined ? text : `${neutral(label)}:\n${text}`;
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '\n' : `  ${line}\n`))
    .join('');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [...(head.some((name) => name !== '') ? [head] : []), ...rows].map((row) =>
    row.map((cell) => neutral(cell).replaceAll('\n', ' ')),
  );
  const columns = Math.max(0, ...cells.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...cells.map((row) => width(row[column] ?? ''))),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - width(cell)))
      .join('  ')
      .trimEnd();
  return cells.map((row) => `${line(row)}\n`).join('');
}

function width(text: string): number {
  return [...text].length;
}

function coloured(text: string, view: RenderView): string {
  if (!view.colours) return text;
  return text.replace(/^[✓●○◌✗]/gmu, (sign) => `\u001B[${SIGN_COLOURS[sign] ?? 0}m${sign}\u001B[0m`);
}
