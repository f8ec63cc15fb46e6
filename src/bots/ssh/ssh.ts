// The SSH door: the command door and the gateway into boxes, on one port.
import { setTimeout as delay } from 'node:timers/promises';
import ssh2, { type Connection } from 'ssh2';
import type { Logger } from '../../log.ts';
import { networkOf } from '../../network-of.ts';
import type { Secret } from '../../secret.ts';
import type { Intake } from '../../threads/arrival.ts';
import type { Door, OutgoingMessage, SendResult } from '../door.ts';
import { authenticate } from './auth.ts';
import { type CommandRun, laneOf } from './command-run.ts';
import { serveConnection } from './connection.ts';
import type { Directory } from './directory.ts';
import { createGuests, type Guest } from './guests.ts';
import { publicKeyOf } from './host-keys.ts';
import { ALGORITHMS, IDENT, SSH_LIMITS, type SshLimits } from './limits.ts';
import { createListener } from './listener.ts';
import { createLookUps } from './look-ups.ts';
import type { RenderView } from './render.ts';
import { COMMAND_USER, type Services } from './services.ts';
import { createTerminals } from './terminals.ts';
import { createUseMarks } from './use-marks.ts';

export interface SshDoorOptions {
  /** Port 0 takes a free one. */
  listen: { host: string; port: number };
  /** Private keys, PEM or OpenSSH: the door's own, and the one with which the gateway logs in to boxes. */
  hostKey: Secret;
  gatewayKey: Secret;
  directory: Directory;
  /** What replies print; by default where the door listens. */
  publicHost?: string | undefined;
  publicPort?: number | undefined;
  /** Unique to this process: messages for its connections lie in the lane `ssh:<processId>`. */
  processId: string;
  logger: Logger;
  now: () => Date;
  newId: () => string;
  limits?: Partial<SshLimits>;
  /** Whom the gateway is in a box. */
  boxUser?: string;
}

export interface SshDoor extends Door {
  /** Where it listens, once it is open. */
  address(): { host: string; port: number };
  /** `ssh-ed25519 AAAA…` */
  hostPublicKey: string;
}

/** What was handed to a client is remembered, so that it is not shown twice, nor taken for undelivered, when it is sent again. */
const MOST_REMEMBERED = 10_000;

export function createSshDoor(options: SshDoorOptions): SshDoor {
  const { logger, processId } = options;
  const limits = { ...SSH_LIMITS, ...options.limits };
  const runs = new Map<string, CommandRun>();
  /** Message ids, and whether what was written for them has reached the client. */
  const handed = new Map<string, Promise<boolean>>();
  const stopping = new AbortController();
  const marks = createUseMarks({
    now: options.now,
    note: (boxId, at) => {
      options.directory.used(boxId, at).catch((error: unknown) => {
        logger.warn({ door: 'ssh', box: boxId, error }, 'It could not be noted that a box is used');
      });
    },
  });
  const terminals = createTerminals();
  const guests = createGuests(limits);
  const lookUps = createLookUps(options.directory, limits.lookUpMs);
  let intake: Intake | undefined;

  const server = new ssh2.Server(
    {
      hostKeys: [options.hostKey.reveal()],
      ident: IDENT,
      algorithms: ALGORITHMS,
      keepaliveInterval: limits.keepaliveMs,
      keepaliveCountMax: limits.keepaliveCount,
    },
    (connection, info) => greet(connection, info),
  );
  server.on('error', (error: Error) => logger.error({ door: 'ssh', error }, 'The SSH server failed'));
  const listener = createListener(options.listen, limits, (socket) => server.injectSocket(socket));

  function greet(connection: Connection, info: { ip: string; port: number }): void {
    const identified = authenticate(connection, limits);
    const arrived = listener.arrived(info.ip, info.port);
    // Broken packets, resets, bad signatures: the peer's trouble, and the end of its connection.
    connection.on('error', (error: Error) => logger.debug({ door: 'ssh', error }, 'An SSH connection failed'));
    connection.on('ready', () => {
      const identity = identified();
      if (identity === undefined || intake === undefined || arrived === undefined) return void connection.end();
      const { fingerprint } = identity;
      const network = networkOf(info.ip);
      const guest: Guest = {
        fingerprint,
        network,
        end() {
          connection.end();
          // ssh2 closes its own half alone: a peer that keeps the other one open would go on.
          setTimeout(arrived.cutOff, limits.hangUpMs).unref();
        },
      };
      const stay = guests.enter(guest, lookUps.knows(fingerprint));
      if (stay === undefined) return void connection.end();
      arrived.loggedIn();
      connection.on('close', stay.leave);
      serveConnection({ connection, identity, from: info.ip, network, stay }, services(intake));
    });
  }

  function services(open: Intake): Services {
    const { directory, now, newId, gatewayKey, boxUser = 'dev' } = options;
    return {
      directory,
      lookUps,
      intake: open,
      logger,
      limits,
      processId,
      now,
      newId,
      marks,
      terminals,
      gatewayKey,
      boxUser,
      view,
      runs,
      stopping: stopping.signal,
    };
  }

  const view: Services['view'] = (identity, { colours, ownsBoxOfThatName }): RenderView => {
    const bound = listener.address();
    const user = ownsBoxOfThatName === true || identity.user === COMMAND_USER ? COMMAND_USER : undefined;
    return { host: options.publicHost ?? bound.host, port: options.publicPort ?? bound.port, user, colours };
  };

  async function send(message: OutgoingMessage): Promise<SendResult> {
    const before = handed.get(message.id);
    const reached = before ?? handOver(message);
    if (reached === undefined) return { kind: 'keep', reason: 'the connection is gone' };
    // A client that does not read must not hold up the others: what its window does not take at once is kept.
    const taken = await Promise.race([reached, new Promise<false>((resolve) => setImmediate(resolve, false))]);
    if (taken) return { kind: 'sent', platformId: message.id };
    if (before === undefined && message.kind !== 'progress') void noteLate(message.id, reached);
    return { kind: 'keep', reason: 'the client does not read' };
  }

  /** Resolves with whether it has reached the client; undefined when the connection is gone. */
  function handOver(message: OutgoingMessage): Promise<boolean> | undefined {
    const { process, channel } = message.thread.address;
    const run = process === processId && typeof channel === 'string' ? runs.get(channel) : undefined;
    if (run === undefined) return undefined;
    run.take(message);
    const reached = run.flushed();
    if (message.kind !== 'progress') remember(message.id, reached);
    return reached;
  }

  /** What a slow client has read after all must not come again at its next log-in. */
  async function noteLate(id: string, reached: Promise<boolean>): Promise<void> {
    try {
      if (await reached) await options.directory.noteShown([id]);
    } catch (error) {
      logger.warn({ door: 'ssh', message: id, error }, 'A message is shown again at the next log-in');
    }
  }

  function remember(id: string, reached: Promise<boolean>): void {
    handed.set(id, reached);
    for (const oldest of handed.keys()) {
      if (handed.size <= MOST_REMEMBERED) return;
      handed.delete(oldest);
    }
  }

  async function close(): Promise<void> {
    listener.close();
    const patience = performance.now() + limits.drainMs;
    while (runs.size > 0 && performance.now() < patience) await delay(DRAIN_LOOK_MS);
    stopping.abort();
    marks.close();
    // The farewell is on its way; clients that hang up themselves do so now.
    setTimeout(() => guests.endAll(), limits.farewellMs / 2);
    const deadline = performance.now() + limits.farewellMs;
    while (guests.size > 0 && performance.now() < deadline) await delay(DRAIN_LOOK_MS);
    listener.destroy();
  }

  return {
    name: 'ssh',
    traits: { name: 'ssh', yesConfirms: true, lights: false, answersItself: true },
    lookup: 'none',
    ownLanes: [laneOf(processId)],
    hostPublicKey: publicKeyOf(options.hostKey),
    address: () => listener.address(),
    async open(handedIn) {
      intake = handedIn;
      await listener.open();
    },
    close,
    send,
    interject: terminals.interject,
  };
}

const DRAIN_LOOK_MS = 20;
