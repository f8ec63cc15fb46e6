// Sees to it that a box runs before somebody is let in, and says what is happening meanwhile.
import type { Endpoint } from '../../boxes/endpoint.ts';
import { timeText } from '../../boxes/text.ts';
import { ShellboxError } from '../../errors.ts';
import { duration, type ProgressLine } from '../../threads/reply.ts';
import type { Directory, GatewayBox } from './directory.ts';
import { commandLine, type RenderView, renderProgress } from './render.ts';
import type { Screen } from './screen.ts';

export interface WakeTeller {
  /** Nothing is told of a box that runs. */
  starting(box: GatewayBox): void;
  step(line: ProgressLine): void;
  running(): void;
  /** Ends the line that was begun, before an error is told. */
  failed(): void;
}

export const SILENT: WakeTeller = { starting: () => {}, step: () => {}, running: () => {}, failed: () => {} };

/** Steps are shown one by one only when it takes longer than this. */
const AT_ONCE_MS = 1500;

export interface WakeOptions {
  directory: Directory;
  fingerprint: string;
  tell: WakeTeller;
  view: RenderView;
  signal: AbortSignal;
}

/** The box with its address. Rejects with a ShellboxError for people when it cannot be had. */
export async function runningBox(boxId: string, options: WakeOptions): Promise<GatewayBox & { endpoint: Endpoint }> {
  const { directory, fingerprint, tell, view, signal } = options;
  const box = await directory.box(boxId);
  if (box === undefined || box.state === 'destroyed' || box.state === 'destroying') {
    throw new ShellboxError('box_gone', `${box?.name ?? 'That box'} is being destroyed, or gone already.`);
  }
  if (box.state === 'error') {
    throw new ShellboxError(
      'box_in_error',
      `${box.name} is in error. To see why, and to try again:\n  ${commandLine(`logs ${box.name}`, view)}\n  ${commandLine(`start ${box.name}`, view)}`,
    );
  }
  if (box.state === 'running' && box.endpoint !== undefined) return { ...box, endpoint: box.endpoint };
  tell.starting(box);
  const woken = await directory.wake(boxId, fingerprint, tell.step, signal).catch((error: unknown) => {
    tell.failed();
    throw error;
  });
  if (woken.kind === 'refused' || woken.box.endpoint === undefined) {
    tell.failed();
    throw new ShellboxError(
      'box_refused',
      woken.kind === 'refused' ? woken.text.trimEnd() : `${box.name} has no address yet; try again in a moment.`,
    );
  }
  tell.running();
  return { ...woken.box, endpoint: woken.box.endpoint };
}

/** `mybox was stopped Tue 18:55. Starting… ✓ 0.7 s`, with its steps below when it takes longer. */
export function tellOn(screen: Screen, view: RenderView, clock: { now: () => Date; timeZone: string }): WakeTeller {
  let name = '';
  let began = 0;
  let listed = false;
  const took = (): string => duration(performance.now() - began);
  return {
    starting(box) {
      name = box.name;
      began = performance.now();
      const since = timeText(box.stateSince, clock.now(), clock.timeZone);
      if (box.state === 'stopped') screen.err(`${name} was stopped ${since}. Starting… `);
      else screen.err(`${name} is ${box.state} since ${since}. Waiting for it… `);
    },
    step(line) {
      if (performance.now() - began < AT_ONCE_MS) return;
      screen.err(`${listed ? '' : '\n'}${renderProgress(line, view)}\n`);
      listed = true;
    },
    running() {
      screen.err(listed ? `${name} runs: ${took()}\n` : `✓ ${took()}\n`);
    },
    failed() {
      if (!listed) screen.err('✗\n');
    },
  };
}
