// One command on its way: handed in, its progress shown as it grows, until its one final.
import { messageForPeople, ShellboxError } from '../../errors.ts';
import { failureIdOf, withFailure } from '../../threads/failure.ts';
import { fail, type Progress, type ProgressLine, type Reply, replyOf } from '../../threads/reply.ts';
import type { OutgoingMessage } from '../door.ts';
import type { Identity } from './auth.ts';
import { type RenderView, renderNote, renderProgress, renderReply } from './render.ts';
import type { Screen } from './screen.ts';
import type { Services } from './services.ts';

export interface CommandRun {
  /** Shows a message, or what of it was not shown yet; the final ends the run. */
  take(message: OutgoingMessage): void;
  /** Resolves with true once what was shown has reached the client, with false when the client went before. */
  flushed(): Promise<boolean>;
}

export interface RunOptions {
  services: Services;
  identity: Identity;
  screen: Screen;
  view: RenderView;
  text: string;
  gone: AbortSignal;
}

/** Postgres takes no NUL; this one is shown as what it stands for, and refused like it. */
const NUL_SIGN = '\u2400';

/**
 * Resolves with the final reply, which is left to the caller to show in `onFinal` at that moment, or with undefined when
 * the client is gone or `left` was aborted.
 */
export async function runCommand(
  options: RunOptions,
  left: AbortSignal,
  onFinal: (reply: Reply) => void,
): Promise<Reply | undefined> {
  const { services, identity, screen, text } = options;
  const channel = services.newId();
  const over = AbortSignal.any([options.gone, left]);
  const { promise: final, resolve } = Promise.withResolvers<Reply | undefined>();
  const progress = showProgress(options);
  const onOver = (): void => resolve(undefined);
  if (over.aborted) return undefined;
  over.addEventListener('abort', onOver, { once: true });

  function notTaken(error: unknown): Reply {
    if (error instanceof ShellboxError && error.code === 'too_much') {
      services.logger.info({ door: 'ssh', key: identity.fingerprint }, 'A command was not taken in: too much at once');
      return fail(messageForPeople(error));
    }
    const failure = failureIdOf(channel);
    services.logger.error({ door: 'ssh', failure, error }, 'A command could not be written down');
    return withFailure(fail(messageForPeople(error)), failure);
  }

  services.runs.set(channel, {
    take({ body }) {
      if (body.kind === 'light') return;
      if (body.kind === 'progress') return progress.show(body.progress);
      progress.clear();
      if (body.kind === 'notice') return screen.err(renderReply(replyOf(body), options.view));
      const reply = replyOf(body);
      onFinal(reply);
      resolve(reply);
    },
    flushed: () => screen.flushed(),
  });
  try {
    const { delivery } = await services.intake.accept({
      door: 'ssh',
      tenant: '',
      deliveryId: channel,
      thread: { key: channel, address: { process: services.processId, channel }, lane: laneOf(services.processId) },
      speaker: {
        door: 'ssh',
        tenant: '',
        subject: identity.fingerprint,
        display: `${identity.fingerprint.slice(0, 'SHA256:'.length + 8)}…`,
        publicKey: identity.publicKey,
      },
      text: text.replaceAll('\0', NUL_SIGN).replace(/[\r\n]+/g, ' '),
      interactive: screen.isTerminal,
    });
    services.intake.work(delivery).catch((error: unknown) => {
      services.logger.warn(
        { door: 'ssh', delivery, error },
        'A command was accepted and not finished; another process takes it over',
      );
    });
    return await final;
  } catch (error) {
    const reply = notTaken(error);
    onFinal(reply);
    return reply;
  } finally {
    over.removeEventListener('abort', onOver);
    progress.clear();
    services.runs.delete(channel);
  }
}

export function laneOf(processId: string): string {
  return `ssh:${processId}`;
}

interface ProgressView {
  show(progress: Progress): void;
  clear(): void;
}

/** Each step is printed once as it ends; what takes long is announced, on a terminal at once and in passing. */
function showProgress({ services, screen, view, gone }: RunOptions): ProgressView {
  const printed: ProgressLine['state'][] = [];
  const announced = new Set<number>();
  let told: string | undefined;
  let quiet: NodeJS.Timeout | undefined = setTimeout(
    () => announce({ label: 'working on it', state: 'working' }),
    services.limits.quietMs,
  );

  function announce(line: ProgressLine): void {
    if (gone.aborted) return;
    if (screen.isTerminal) screen.passing(renderProgress(line, { ...view, colours: false }));
    else screen.err(`${renderProgress(line, view)}\n`);
  }

  /** A place in the line changes and is said in passing; what holds for the whole work stays. */
  function tell(note: string, waits: boolean): void {
    told = note;
    if (waits) announce({ label: note, state: 'working' });
    else if (!gone.aborted) screen.err(`${renderNote(note, view)}\n`);
  }

  function clear(): void {
    clearTimeout(quiet);
    quiet = undefined;
  }

  return {
    clear,
    show({ lines, note, output }) {
      clear();
      if (note !== undefined && note !== told) tell(note, lines.length === 0);
      lines.forEach((line, place) => {
        if (line.state === 'working' || printed[place] === line.state) return;
        printed[place] = line.state;
        announced.delete(place);
        screen.err(`${renderProgress(line, view)}\n`);
      });
      const place = lines.findLastIndex((line) => line.state === 'working');
      const working = lines[place];
      if (working === undefined) return;
      const last = output?.slice(output.lastIndexOf('\n') + 1) ?? '';
      if (screen.isTerminal)
        return announce(last === '' ? working : { ...working, label: `${working.label} · ${last}` });
      if (announced.has(place)) return;
      quiet = setTimeout(() => {
        announced.add(place);
        announce(working);
      }, services.limits.quietMs);
    },
  };
}
