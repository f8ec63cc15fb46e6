// The gateway's own connection to a box: made on first need, its host key pinned, shared by all channels of one client.
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import ssh2, { type Client, type ServerHostKeyAlgorithm } from 'ssh2';
import type { Endpoint } from '../../boxes/endpoint.ts';
import { ShellboxError } from '../../errors.ts';
import type { Identity } from './auth.ts';
import type { GatewayBox } from './directory.ts';
import { ALGORITHMS, IDENT } from './limits.ts';
import type { RenderView } from './render.ts';
import type { Services } from './services.ts';
import { runningBox, type Visit } from './wake.ts';

export interface BoxConnection {
  /** An open SSH connection to the box, which is started first when it has to be. Rejects with a ShellboxError for people. */
  client(visit: Visit): Promise<Client>;
  /** A TCP connection to where the box's SSH answers. */
  tcp(visit: Visit): Promise<Socket>;
  close(): void;
}

export interface BoxConnectionOptions {
  services: Services;
  identity: Identity;
  view: RenderView;
  boxId: string;
  /** Aborted when the person's connection is gone. */
  gone: AbortSignal;
}

type Running = GatewayBox & { endpoint: Endpoint };

const RETRY_MS = 100;

export function createBoxConnection({ services, identity, view, boxId, gone }: BoxConnectionOptions): BoxConnection {
  const { directory, limits, logger } = services;
  let opening: Promise<Client> | undefined;
  let noted = false;

  async function reach<T>(visit: Visit, attempt: (box: Running) => Promise<T>): Promise<T> {
    const signal = AbortSignal.any([gone, AbortSignal.timeout(limits.wakeMs)]);
    const wake = { ...visit, directory, fingerprint: identity.fingerprint, now: services.now, view, signal };
    const result = await untilAnswer(() => runningBox(boxId, wake), attempt, limits.boxAnswerMs, signal);
    if (!noted) {
      noted = true;
      directory.opened(boxId, identity.fingerprint).catch((error: unknown) => {
        logger.warn({ door: 'ssh', box: boxId, error }, 'It could not be noted that a box was opened');
      });
    }
    return result;
  }

  async function open(visit: Visit): Promise<Client> {
    const client = await reach(visit, (box) => logIn(box, services, gone));
    client.once('close', () => {
      opening = undefined;
    });
    return client;
  }

  const made: BoxConnection = {
    client(visit) {
      const joined = opening;
      opening ??= open(visit).catch((error: unknown) => {
        opening = undefined;
        throw error;
      });
      // What was refused to a program is not refused to a shell that came while it was looked at.
      if (joined === undefined || !visit.insists) return opening;
      return opening.catch((error: unknown) => {
        if (error instanceof ShellboxError && error.code === 'box_rests') return made.client(visit);
        throw error;
      });
    },
    tcp: (visit) => reach(visit, (box) => dial(box, limits.boxLoginMs, gone)),
    close() {
      opening?.then(
        (client) => client.end(),
        () => {},
      );
    },
  };
  return made;
}

/** A box that has just come up, or was stopped a moment ago, may refuse at first: looks again until the deadline. */
async function untilAnswer<T>(
  look: () => Promise<Running>,
  attempt: (box: Running) => Promise<T>,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const box = await look();
    try {
      return await attempt(box);
    } catch (error) {
      const mayPass = error instanceof ShellboxError && error.code === 'box_unreachable';
      if (!mayPass || performance.now() > deadline || signal.aborted) throw error;
    }
    await delay(RETRY_MS, undefined, { signal }).catch(() => {});
  }
}

async function dial(box: Running, deadlineMs: number, gone: AbortSignal): Promise<Socket> {
  const signal = AbortSignal.any([gone, AbortSignal.timeout(deadlineMs)]);
  const socket = connect({ host: box.endpoint.host, port: box.endpoint.port, noDelay: true, allowHalfOpen: true });
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const onAbort = (): void => void socket.destroy(new Error('no answer in time'));
  signal.addEventListener('abort', onAbort, { once: true });
  socket.once('connect', () => resolve(socket));
  socket.on('error', (cause) => reject(unreachable(box, cause)));
  if (signal.aborted) onAbort();
  return promise.finally(() => signal.removeEventListener('abort', onAbort));
}

async function logIn(box: Running, services: Services, gone: AbortSignal): Promise<Client> {
  const { limits, logger, gatewayKey, boxUser } = services;
  const [type, pinned] = box.hostPublicKey.split(' ');
  const socket = await dial(box, limits.boxLoginMs, gone);
  const client = new ssh2.Client();
  const { promise, resolve, reject } = Promise.withResolvers<Client>();
  let otherKey = false;
  client.once('ready', () => resolve(client));
  client.on('error', (cause) => {
    logger.warn({ door: 'ssh', box: box.id, error: cause }, 'The connection to a box failed');
    reject(otherKey ? wrongHostKey(box) : unreachable(box, cause));
  });
  // SSH knows no half-open connection, and ssh2 waits for ever on one: a box that stops ends it from its side.
  socket.once('end', () => socket.destroy());
  client.once('close', () => {
    socket.destroy();
    reject(unreachable(box, undefined));
  });
  client.connect({
    sock: socket,
    username: boxUser,
    privateKey: gatewayKey.reveal(),
    ident: IDENT,
    readyTimeout: limits.boxLoginMs,
    keepaliveInterval: limits.keepaliveMs,
    keepaliveCountMax: limits.keepaliveCount,
    algorithms: { ...ALGORITHMS, serverHostKey: [type as ServerHostKeyAlgorithm] },
    hostVerifier: (key: Buffer) => {
      otherKey = key.toString('base64') !== pinned;
      return !otherKey;
    },
  });
  return promise;
}

function unreachable(box: GatewayBox, cause: unknown): ShellboxError {
  return new ShellboxError('box_unreachable', `${box.name} runs, but its SSH does not answer.`, {
    remedy: 'Try again in a moment; if it stays so, stop and start it.',
    cause,
  });
}

function wrongHostKey(box: GatewayBox): ShellboxError {
  return new ShellboxError(
    'wrong_host_key',
    `What answers at the address of ${box.name} has another host key: it is not ${box.name}. You were not connected.`,
    {
      remedy: 'Tell the operator.',
    },
  );
}
