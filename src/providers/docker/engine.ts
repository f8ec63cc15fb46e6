// The Docker engine: how it is reached, and one way to ask it, with a deadline and our errors.
import Docker from 'dockerode';
import { type Asked, toProviderError } from './errors.ts';

export type { Docker };

const LOCAL_SOCKET = '/var/run/docker.sock';

/** By the scheme of DOCKER_HOST: how the engine is spoken to, and its usual port. */
const PROTOCOLS: Readonly<Record<string, readonly ['http' | 'https' | 'ssh', number]>> = {
  'tcp:': ['http', 2375],
  'http:': ['http', 2375],
  'https:': ['https', 2376],
  'ssh:': ['ssh', 22],
};

/** A client for what DOCKER_HOST names. Nothing is connected before the first call. */
export function connectEngine(dockerHost: string | undefined): Docker {
  if (dockerHost === undefined) return new Docker({ socketPath: LOCAL_SOCKET });
  const url = new URL(dockerHost);
  if (url.protocol === 'unix:') return new Docker({ socketPath: url.pathname });
  const [protocol, port] = PROTOCOLS[url.protocol] ?? ['http', 2375];
  const username = url.username === '' ? {} : { username: decodeURIComponent(url.username) };
  return new Docker({ protocol, host: url.hostname, port: url.port === '' ? port : Number(url.port), ...username });
}

const DEFAULT_DEADLINE_MS = 30_000;

/** Asks the engine once; `call` passes the signal on. Rejects with a ProviderError, soon after the abort or the deadline. */
export async function ask<T>(asked: Asked, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const deadlineMs = asked.deadlineMs ?? DEFAULT_DEADLINE_MS;
  const signal = AbortSignal.any([asked.signal, AbortSignal.timeout(deadlineMs)]);
  // Some of dockerode's calls know no signal: none of them is waited for after it.
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    asked.signal.throwIfAborted();
    return await Promise.race([call(signal), ended]);
  } catch (error) {
    throw toProviderError(error, { ...asked, deadlineMs });
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
