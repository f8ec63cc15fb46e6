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

/** Who asks for the box. */
export interface Visit {
  tell: WakeTeller;
  /** Somebody is there: it is a shell, or has a terminal. Programs that reconnect by themselves ask for neither. */
  insists: boolean;
}

const SILENT: WakeTeller = { starting: () => {}, step: () => {}, running: () => {}, failed: () => {} };
/** A connection that is only passed on. */
export const UNATTENDED: Visit = { tell: SILENT, insists: false };

/** For so long after it was stopped for idleness a box is not started by what reconnects by itself. */
const WAKE_REST_MINUTES = 10;
const MINUTE_MS = 60_000;

/** Steps are shown one by one only when it takes longer than this. */
const AT_ONCE_MS = 1500;

export interface WakeOptions extends Visit {
  directory: Directory;
  fingerprint: string;
  now: () => Date;
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
  if (box.state === 'stopped') mayWake(box, options);
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

/** Throws when this connection does not start this box. */
function mayWake({ name, owner, wakes, sleptAt }: GatewayBox, { insists, view, now }: WakeOptions): void {
  const byHand = owner === undefined ? commandLine(`start ${name}`, view) : 'its owner has to start it';
  if (!wakes) {
    throw new ShellboxError('box_not_woken', `${name} is stopped, and a connection does not start it: ${byHand}`);
  }
  const sleptMs = sleptAt === undefined ? Number.POSITIVE_INFINITY : Math.abs(now().getTime() - sleptAt.getTime());
  if (!insists && sleptMs < WAKE_REST_MINUTES * MINUTE_MS) {
    throw new ShellboxError(
      'box_rests',
      `${name} was just stopped (idle). For ${WAKE_REST_MINUTES} minutes only a shell starts it, or: ${byHand}`,
    );
  }
}

/** `mybox was stopped Tue 18:55 (idle). Starting… ✓ 0.7 s`, with its steps below when it takes longer. */
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
      if (box.state === 'stopped')
        screen.err(`${name} was stopped ${since}${box.sleptAt === undefined ? '' : ' (idle)'}. Starting… `);
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
