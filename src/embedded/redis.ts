// The private redis-server: disposable, nothing written to disk, reachable through a unix socket alone.
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ShellboxError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type StopStep, superviseChild } from './child.ts';
import { stopLeftovers } from './leftovers.ts';
import type { Places } from './places.ts';
import { CHILD_ENV, type RunAs } from './run.ts';

export interface RedisOptions {
  places: Places;
  user: RunAs | undefined;
  logger: Logger;
  signal: AbortSignal;
  /** Directories searched for redis-server. */
  searchPath?: readonly string[] | undefined;
}

export interface EmbeddedRedis {
  redisUrl: string;
  stop(): Promise<void>;
}

const READY_TIMEOUT_MS = 10_000;
const PING_TIMEOUT_MS = 1_000;

const STOP_STEPS: readonly StopStep[] = [
  { signal: 'SIGTERM', waitMs: 3_000 },
  { signal: 'SIGKILL', waitMs: 1_000 },
];

/** @throws ShellboxError `redis_missing`, `redis_failed`, `leftover_running` */
export async function startRedis({ places, user, logger, signal, searchPath }: RedisOptions): Promise<EmbeddedRedis> {
  const socket = join(places.sockets, 'redis.sock');
  const spec = {
    name: 'Redis',
    code: 'redis_failed',
    command: await findRedis(searchPath ?? CHILD_ENV.PATH.split(':')),
    args: redisArguments(socket),
    workingDirectory: places.redis,
    user,
    readyTimeoutMs: READY_TIMEOUT_MS,
    stopSteps: STOP_STEPS,
    prepare: (prepareSignal: AbortSignal) =>
      stopLeftovers({
        program: 'redis-server',
        directory: places.redis,
        stopSteps: STOP_STEPS,
        logger,
        signal: prepareSignal,
      }),
    ready: (readySignal: AbortSignal) => answers(socket, readySignal),
  };
  const child = await superviseChild(spec, logger, signal);
  return { redisUrl: `unix://${socket}`, stop: child.stop };
}

function redisArguments(socket: string): string[] {
  const settings = {
    port: '0', // no TCP at all
    unixsocket: socket,
    unixsocketperm: '700',
    save: '',
    appendonly: 'no',
    'maxmemory-policy': 'noeviction', // BullMQ's keys must not vanish one by one
    daemonize: 'no',
    loglevel: 'warning',
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}

async function findRedis(searchPath: readonly string[]): Promise<string> {
  for (const directory of searchPath) {
    const path = join(directory, 'redis-server');
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  throw new ShellboxError('redis_missing', 'redis-server is not installed, and REDIS_URL is not set.', {
    remedy: 'apt-get install redis-server, or set REDIS_URL.',
  });
}

async function answers(socket: string, signal: AbortSignal): Promise<void> {
  while (!(await ping(socket))) await delay(10, undefined, { signal });
}

function ping(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path, timeout: PING_TIMEOUT_MS });
    const end = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.on('connect', () => socket.write('PING\r\n'));
    socket.on('data', (data) => end(data.toString().startsWith('+PONG')));
    socket.on('timeout', () => end(false));
    socket.on('error', () => end(false));
    socket.on('end', () => end(false));
  });
}
