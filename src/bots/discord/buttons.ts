// Buttons: each carries the row of its message, by which the message is found again, and the command that a click runs.
import { createHash } from 'node:crypto';
import { cut, plain } from '../../threads/shown.ts';
import { BUTTON_LABEL_MAX, BUTTONS_IN_ROW_MAX, CUSTOM_ID_MAX, NONCE_MAX, ROWS_MAX } from './limits.ts';

/** https://discord.com/developers/docs/components/reference#button-button-styles */
const STYLE = { primary: 1, secondary: 2, danger: 4 } as const;

export interface Pressable {
  label: string;
  command: string;
  style?: keyof typeof STYLE;
}

export interface ButtonRow {
  type: 1;
  components: { type: 2; style: number; label: string; custom_id: string }[];
}

const TAG_LENGTH = 22;
const SEPARATOR = '|';
const MOST = BUTTONS_IN_ROW_MAX * ROWS_MAX;
/** `<tag>|<place>|<command>`, with two digits of place. */
const COMMAND_MAX = CUSTOM_ID_MAX - TAG_LENGTH - 4;

/** A message row's id, short enough for a nonce (25 characters) and for ids of components. */
export function tagOf(row: string): string {
  const hex = row.replaceAll('-', '');
  const bytes = /^[0-9a-f]{32}$/.test(hex) ? Buffer.from(hex, 'hex') : createHash('sha256').update(row).digest();
  return bytes.toString('base64url').slice(0, Math.min(TAG_LENGTH, NONCE_MAX));
}

/** Whether Discord takes the command as a button; if not, it is a line to type. */
export function isPressable(command: string): boolean {
  return command.length <= COMMAND_MAX && !command.includes('\n');
}

export function buttonRows(row: string, buttons: readonly Pressable[]): ButtonRow[] {
  const all = buttons.slice(0, MOST).map(({ label, command, style = 'secondary' }, place) => ({
    type: 2 as const,
    style: STYLE[style],
    label: cut(plain(label), BUTTON_LABEL_MAX),
    custom_id: [tagOf(row), place, command].join(SEPARATOR),
  }));
  const rows: ButtonRow[] = [];
  for (let at = 0; at < all.length; at += BUTTONS_IN_ROW_MAX)
    rows.push({ type: 1, components: all.slice(at, at + BUTTONS_IN_ROW_MAX) });
  return rows;
}

/** The command of a button of ours. Whoever clicks may have forged it, so it is run with no more rights than they have. */
export function pressedCommand(customId: string): string | undefined {
  const [, command] = /^[\w-]{22}\|\d{1,2}\|(.+)$/.exec(customId) ?? [];
  return command;
}

export function isOfRow(customId: string, row: string): boolean {
  return customId.startsWith(tagOf(row) + SEPARATOR);
}
