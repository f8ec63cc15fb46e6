// The command door on one channel: runs the command, asks what it asks, and ends with its status.
import { NAME_PATTERN } from '../../boxes/names.ts';
import type { Block, Outcome, Reply } from '../../threads/reply.ts';
import { shown } from '../../threads/shown.ts';
import type { Identity } from './auth.ts';
import { runCommand } from './command-run.ts';
import type { KeyView } from './directory.ts';
import { createKeyboard, type Keyboard } from './keyboard.ts';
import { commandLine, neutral, type RenderView, renderBlocks, renderReply } from './render.ts';
import type { Screen } from './screen.ts';
import { COMMAND_USER, type Services } from './services.ts';
import type { SessionRequest } from './session.ts';

const STATUS = { done: 0, failed: 1, usage: 2 } as const satisfies Record<Outcome, number>;
/** What a shell says of a program that was ended by SIGINT. */
const INTERRUPTED = 130;

type Confirm = Extract<Block, { kind: 'confirm' }>;

export interface CommandChannelOptions {
  services: Services;
  identity: Identity;
  /** What the key may do, asked for when the user name may have been meant as a box. */
  keyView: KeyView | undefined;
  request: SessionRequest;
  screen: Screen;
  view: RenderView;
}

/** Resolves with the exit status once the channel is ended. */
export async function serveCommand(options: CommandChannelOptions): Promise<number> {
  const { request, screen, services } = options;
  const keyboard = screen.isTerminal ? createKeyboard(request.channel, screen) : undefined;
  if (keyboard === undefined) request.channel.resume();
  let text = request.command;
  for (;;) {
    const left = leave(options, keyboard, text);
    const question = { asked: undefined as Confirm | undefined };
    const reply = await runCommand({ ...options, text, gone: request.gone }, left.signal, (final) => {
      question.asked = showFinal(options, final);
    });
    left.stop();
    if (reply === undefined) return end(screen, left.status);
    if (question.asked === undefined || keyboard === undefined)
      return end(screen, reply.exitStatus ?? STATUS[reply.outcome]);
    if (!(await agrees(options, keyboard, question.asked, AbortSignal.any([request.gone, services.stopping])))) {
      return end(screen, STATUS.failed);
    }
    text = question.asked.command;
  }
}

function end(screen: Screen, status: number): number {
  screen.finish(status);
  return status;
}

/** Shows the final reply; with a terminal and a question in it, all that stands before the question, which is returned. */
function showFinal({ screen, view, identity, keyView }: CommandChannelOptions, reply: Reply): Confirm | undefined {
  const asked = screen.isTerminal ? reply.blocks.find((block) => block.kind === 'confirm') : undefined;
  if (asked !== undefined) {
    screen.err(renderBlocks(reply.blocks.slice(0, reply.blocks.indexOf(asked)), view));
    return asked;
  }
  if (reply.outcome === 'done') screen.out(renderReply(reply, view));
  else screen.err(renderReply(reply, view));
  if (reply.outcome === 'usage' && identity.user !== COMMAND_USER && keyView !== undefined) {
    screen.err(`${noSuchBox(identity.user, keyView)}\n`);
  }
  return undefined;
}

function noSuchBox(user: string, { boxes }: KeyView): string {
  const yours = boxes.length === 0 ? 'You have none yet.' : `Yours: ${boxes.map((box) => box.name).join(', ')}.`;
  return `There is no box named ${shown(user)}. ${yours}`;
}

async function agrees(
  { screen, services }: CommandChannelOptions,
  keyboard: Keyboard,
  asked: Confirm,
  gone: AbortSignal,
): Promise<boolean> {
  screen.out(`${neutral(asked.question)} [y/N] `);
  const answer = await keyboard.line(AbortSignal.any([gone, AbortSignal.timeout(services.limits.questionMs)]));
  if (answer.kind === 'line' && /^y(es)?$/i.test(answer.text)) return true;
  screen.out('Nothing was changed.\n');
  return false;
}

/** Watches for the person, or the service, leaving before the command has ended; says that it goes on. */
function leave(
  { request, screen, view, services }: CommandChannelOptions,
  keyboard: Keyboard | undefined,
  text: string,
) {
  const left = new AbortController();
  const watch = { signal: left.signal, status: INTERRUPTED, stop };
  const result = commandLine(subjectOf(text) === undefined ? 'list' : `logs ${subjectOf(text)}`, view);

  function interrupted(): void {
    screen.err(`^C\nStill working: "${shown(text)}" goes on. Its result:\n  ${result}\n`);
    left.abort();
  }
  function stopped(): void {
    screen.err(`Shellbox is restarting; your command goes on. See:\n  ${result}\n`);
    watch.status = STATUS.failed;
    left.abort();
  }
  function stop(): void {
    services.stopping.removeEventListener('abort', stopped);
    keyboard?.onInterrupt(() => {});
  }

  keyboard?.onInterrupt(interrupted);
  services.stopping.addEventListener('abort', stopped, { once: true });
  request.listen({
    resized: () => {},
    signalled: (name) => (name === 'INT' || name === 'TERM' ? interrupted() : undefined),
  });
  return watch;
}

/** The box that a command seems to be about. */
function subjectOf(text: string): string | undefined {
  return text
    .split(/\s+/)
    .slice(1)
    .find((word) => NAME_PATTERN.test(word));
}
