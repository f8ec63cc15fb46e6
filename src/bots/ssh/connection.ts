// One logged-in connection: decides for each channel whether it is for the command door or for a box.
import type { Connection } from 'ssh2';
import { messageForPeople, ShellboxError } from '../../errors.ts';
import { failureIdOf, failureLine } from '../../threads/failure.ts';
import { shown } from '../../threads/shown.ts';
import type { Identity } from './auth.ts';
import { type BoxConnection, createBoxConnection } from './box-connection.ts';
import { chooseBox } from './chooser.ts';
import { serveCommand } from './command-channel.ts';
import { confidence, confides, verbOf } from './confidence.ts';
import type { GatewayBox, KeyView } from './directory.ts';
import { forwardInside, join } from './forward.ts';
import { carrySession } from './gateway-session.ts';
import type { Stay } from './guests.ts';
import { isSomebody } from './look-ups.ts';
import { commandLine, neutral, type RenderView, renderReply } from './render.ts';
import { createScreen, hasColours, type Screen } from './screen.ts';
import { COMMAND_USER, type Services } from './services.ts';
import { type SessionRequest, takeSession } from './session.ts';
import { tellOn, UNATTENDED } from './wake.ts';

const SSH_PORT = 22;
const FAILED = 1;
/** What OpenSSH itself exits with when a connection is lost. */
const LOST = 255;

/** A connection that has logged in: whose it is, and from which address and network it came. */
export interface Visit {
  connection: Connection;
  identity: Identity;
  from: string;
  network: string;
  stay: Stay;
}

/** Serves the connection until it closes. */
export function serveConnection({ connection, identity, from, network, stay }: Visit, services: Services): void {
  const { directory, logger, limits } = services;
  const closed = new AbortController();
  const gone = closed.signal;
  const boxes = new Map<string, BoxConnection>();
  let channels = 0;
  let underWay = 0;
  let forwardsToCome = 0;

  function begin(): void {
    underWay += 1;
    stay.works();
  }
  function end(): void {
    underWay -= 1;
    if (underWay === 0 && !gone.aborted) stay.rests();
  }

  async function lookUp(): Promise<KeyView> {
    const view = await services.lookUps.of({ fingerprint: identity.fingerprint, network }, gone);
    if (isSomebody(view)) stay.recognise();
    return view;
  }
  /** Nobody waits for it: whoever stays a stranger has to give way when too many of them come. */
  function recognise(): void {
    if (!stay.isStranger() || gone.aborted) return;
    lookUp().catch((error: unknown) => {
      if (!gone.aborted)
        logger.debug({ door: 'ssh', key: identity.fingerprint, error }, 'A key could not be looked up');
    });
  }
  recognise();

  connection.on('close', () => {
    closed.abort();
    for (const box of boxes.values()) box.close();
  });

  connection.on('session', (accept, reject) => {
    if (channels >= limits.channels) return reject();
    channels += 1;
    const session = accept();
    // Of a session on which nothing was begun ssh2 tells no end, so it goes on counting here; it holds up nothing else.
    session.on('close', () => {
      channels -= 1;
    });
    takeSession(session, gone, (request) => {
      begin();
      serveSession(request).finally(() => {
        end();
        // By its first command somebody gets an account.
        recognise();
      });
    });
  });

  connection.on('tcpip', (accept, reject, info) => {
    if (channels >= limits.channels || (stay.isStranger() && forwardsToCome >= limits.strangersForwards))
      return reject();
    channels += 1;
    forwardsToCome += 1;
    begin();
    const ended = (): void => {
      channels -= 1;
      end();
    };
    openForward(info.destIP, info.destPort, (box) =>
      boxConnection(box)
        .client(UNATTENDED)
        .then((client) => forwardInside(client, info)),
    )
      .finally(() => {
        forwardsToCome -= 1;
      })
      .then((other) => {
        if (gone.aborted) return void other.destroy();
        const channel = accept();
        channel.once('close', ended);
        join(channel, other, gone);
      })
      .catch((error: unknown) => {
        ended();
        logger.info({ door: 'ssh', key: identity.fingerprint, error }, 'A forwarded connection was refused');
        if (!gone.aborted) reject();
      });
  });

  async function openForward<T>(host: string, port: number, inside: (box: GatewayBox) => Promise<T>) {
    const { boxes: mine } = await lookUp();
    const here = boxOf(mine, identity.user);
    if (here !== undefined) return inside(here);
    const box = boxOf(mine, host.toLowerCase());
    if (box === undefined || port !== SSH_PORT)
      throw new ShellboxError('forward_refused', "Only port 22 of one's own boxes can be reached through the door.");
    return boxConnection(box).tcp(UNATTENDED);
  }

  function boxConnection(box: GatewayBox): BoxConnection {
    const known = boxes.get(box.id);
    if (known !== undefined) return known;
    const view = services.view(identity, { colours: false, ownsBoxOfThatName: true });
    const made = createBoxConnection({ services, identity, view, boxId: box.id, gone });
    boxes.set(box.id, made);
    return made;
  }

  async function serveSession(request: SessionRequest): Promise<void> {
    const screen = createScreen(request);
    const began = performance.now();
    const log = { door: 'ssh', key: identity.fingerprint, user: shown(identity.user), kind: request.kind };
    try {
      const ended = await route(request, screen);
      logger.info({ ...log, ...ended, tookMs: Math.round(performance.now() - began) }, 'An SSH session has ended');
    } catch (error) {
      const foreseen = error instanceof ShellboxError;
      // The database may be what is missing, so this failure is in the log alone.
      const failure = foreseen ? undefined : failureIdOf(services.newId());
      if (!gone.aborted)
        logger[foreseen ? 'info' : 'error']({ ...log, failure, error }, 'An SSH session could not be served');
      request.channel.resume();
      screen.err(`${neutral(messageForPeople(error))}\n${failure === undefined ? '' : `${failureLine(failure)}\n`}`);
      screen.finish(FAILED);
    }
  }

  async function route(request: SessionRequest, screen: Screen): Promise<object> {
    // The command door for sure: nothing to look up, and the one that is asked most.
    const certain = identity.user === COMMAND_USER && request.kind === 'exec';
    const keyView = certain ? undefined : await lookUp();
    const box = keyView === undefined ? undefined : boxOf(keyView.boxes, identity.user);
    const view = services.view(identity, { colours: hasColours(request), ownsBoxOfThatName: box !== undefined });
    if (request.kind === 'exec' && box === undefined) {
      return {
        verb: verbOf(request.command),
        status: await serveCommand({ services, identity, keyView, request, screen, view }),
      };
    }
    if (keyView === undefined) return {};
    if (request.kind === 'shell' && screen.isTerminal) await showKept(keyView, screen);
    if (box !== undefined) {
      if (request.kind === 'exec' && box.owner !== undefined && confides(request.command))
        throw confidence(box.name, request.command);
      return enter(box, request, screen, keyView);
    }
    if (request.kind === 'subsystem')
      throw new ShellboxError(
        'no_box',
        'Files are copied to and from a box: put its name before the @, such as mybox@…',
      );
    const choice = await chooseBox({
      user: identity.user,
      keyView,
      request,
      screen,
      view,
      signal: AbortSignal.any([request.gone, services.stopping]),
    });
    if (choice.kind === 'box') return enter(choice.box, request, screen, keyView);
    screen.finish(choice.status);
    return { status: choice.status };
  }

  async function showKept({ account }: KeyView, screen: Screen): Promise<void> {
    if (account === undefined) return;
    const messages = await directory.undelivered(account.id);
    if (messages.length === 0) return;
    for (const { text } of messages) screen.out(`${neutral(text).trimEnd()}\n`);
    // Two log-ins at once may both show them, which is better than neither.
    if (await screen.flushed()) await directory.noteShown(messages.map(({ id }) => id));
  }

  async function farewellOf({ id, name }: GatewayBox, view: RenderView): Promise<string> {
    const box = await directory.box(id).catch(() => undefined);
    if (box === undefined || !DOWN.has(box.state)) return `The connection to ${name} was lost.`;
    return `${name} has stopped; its home is kept. To start it:\n  ${commandLine(`start ${name}`, view)}`;
  }

  async function enter(box: GatewayBox, request: SessionRequest, screen: Screen, keyView: KeyView): Promise<object> {
    const view = services.view(identity, { colours: hasColours(request), ownsBoxOfThatName: true });
    const tell = tellOn(screen, view, { now: services.now, timeZone: keyView.account?.timeZone ?? 'UTC' });
    if (box.owner !== undefined && request.kind === 'shell' && screen.isTerminal)
      screen.err(`${box.name} is a box of ${neutral(box.owner)}, who lists your key.\n`);
    const client = await boxConnection(box).client({ tell, insists: request.kind === 'shell' || screen.isTerminal });
    const farewell = (): void => screen.err('\nShellbox is restarting; your box goes on. Log in again in a moment.\n');
    services.stopping.addEventListener('abort', farewell, { once: true });
    const onUse = (): void => services.marks.mark(box.id);
    const leave = screen.isTerminal
      ? services.terminals.enter(box.id, (reply) => screen.err(`\n${renderReply(reply, view)}`))
      : undefined;
    const ended = await carrySession(client, request, { from, onUse }).finally(() => {
      services.stopping.removeEventListener('abort', farewell);
      leave?.();
    });
    if (ended.kind === 'exit') request.writer.finish(ended.exit);
    else if (ended.kind === 'lost') {
      screen.err(`\n${await farewellOf(box, view)}\n`);
      screen.finish(LOST);
    }
    return { box: box.id, ended: ended.kind };
  }
}

/** States in which a session ends with its box. */
const DOWN: ReadonlySet<string> = new Set(['stopping', 'stopped']);

function boxOf(boxes: readonly GatewayBox[], name: string): GatewayBox | undefined {
  return boxes.find((box) => box.name === name);
}
