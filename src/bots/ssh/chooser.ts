// A log-in without a command: a greeting, the one box, a list of boxes to choose from, or the box that was probably meant.
import { LONGEST_NAME, lowerCase } from '../../boxes/names.ts';
import { slipsBetween } from '../../boxes/slips.ts';
import { STATE_SIGN } from '../../boxes/states.ts';
import { shown } from '../../threads/shown.ts';
import type { GatewayBox, KeyView } from './directory.ts';
import { createKeyboard } from './keyboard.ts';
import { commandLine, type RenderView, renderBlocks } from './render.ts';
import type { Screen } from './screen.ts';
import { COMMAND_USER } from './services.ts';
import type { SessionRequest } from './session.ts';

/** `leave`: what there was to say is said, and the session ends with this status. */
export type Choice = { kind: 'box'; box: GatewayBox } | { kind: 'leave'; status: number };

export interface ChooserOptions {
  /** The name that was logged in with; it is no box's. */
  user: string;
  keyView: KeyView;
  request: SessionRequest;
  screen: Screen;
  view: RenderView;
  signal: AbortSignal;
}

const MOST_TRIES = 5;
/** More than this is another word: ssh itself puts the name of the person there. */
const MOST_SLIPS = 2;

export async function chooseBox({ user, keyView, request, screen, view, signal }: ChooserOptions): Promise<Choice> {
  const { boxes } = keyView;
  if (!screen.isTerminal) {
    request.channel.resume();
    screen.err(`Which command? For example:\n  ${commandLine('help', view)}\n  ${commandLine('list', view)}\n`);
    return { kind: 'leave', status: 2 };
  }
  const [only] = boxes;
  if (only === undefined) {
    request.channel.resume();
    screen.out(greeting(keyView, view));
    return { kind: 'leave', status: 0 };
  }
  const meant = user === COMMAND_USER ? undefined : meantBox(user, boxes);
  if (meant !== undefined) {
    request.channel.resume();
    screen.err(
      `There is no box named "${shown(user)}". You have: ${boxes.map(({ name }) => name).join(', ')}.\nDid you mean:\n  ${commandLine('', { ...view, user: meant })}\n`,
    );
    return { kind: 'leave', status: 1 };
  }
  if (boxes.length === 1 && only.owner === undefined) {
    if (user !== COMMAND_USER) screen.err(`There is no box named "${shown(user)}"; entering ${only.name}.\n`);
    return { kind: 'box', box: only };
  }

  screen.out(keyView.account === undefined ? 'Boxes that list your key:\n' : 'Your boxes:\n');
  screen.out(renderBlocks([{ kind: 'table', head: [], rows: boxes.map(row) }], view));
  const keyboard = createKeyboard(request.channel, screen, 'kept');
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    screen.out(`Which one? Type a number or a name; Ctrl-C leaves: `);
    const typed = await keyboard.line(signal);
    if (typed.kind !== 'line') return { kind: 'leave', status: typed.kind === 'interrupt' ? 130 : 0 };
    const box = pick(boxes, typed.text);
    if (box !== undefined) {
      keyboard.release();
      return { kind: 'box', box };
    }
    if (typed.text !== '') screen.out(`There is no "${shown(typed.text)}" in the list.\n`);
  }
  return { kind: 'leave', status: 2 };
}

/** The box whose name was mistyped: whoever is let into another one instead works in the wrong place. */
function meantBox(user: string, boxes: readonly GatewayBox[]): string | undefined {
  const typed = lowerCase(user);
  if (typed.length > LONGEST_NAME) return undefined;
  const slips = boxes.map(({ name }) => ({ name, slips: slipsBetween(typed, name) })).sort((a, b) => a.slips - b.slips);
  const [nearest] = slips;
  if (nearest === undefined || nearest.slips > MOST_SLIPS) return undefined;
  // Half of a short name is another name: `ana` is not `app`.
  return nearest.slips * 2 < typed.length ? nearest.name : undefined;
}

function pick(boxes: readonly GatewayBox[], typed: string): GatewayBox | undefined {
  if (/^[0-9]{1,4}$/.test(typed)) return boxes[Number(typed) - 1];
  return boxes.find((box) => box.name === typed.toLowerCase());
}

function row(box: GatewayBox, place: number): string[] {
  return [
    `${place + 1}`.padStart(3),
    `${STATE_SIGN[box.state]} ${box.name}`,
    box.state,
    ...(box.owner === undefined ? [] : [`of ${box.owner}`]),
  ];
}

function greeting({ account }: KeyView, view: RenderView): string {
  const hello =
    account === undefined ? 'Welcome to Shellbox: dev boxes over SSH.' : 'Welcome back. You have no box yet.';
  return `${hello} To make one, type:\n  ${commandLine('spinup mybox', view)}\nAll commands:\n  ${commandLine('help', view)}\n`;
}
