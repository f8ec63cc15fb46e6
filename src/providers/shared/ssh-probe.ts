// Waits until SSH answers at an address and proves that it holds the pinned Ed25519 host key; for every provider.
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import ssh2 from 'ssh2';
import { ProviderError } from '../provider.ts';

export interface SshProbe {
  host: string;
  port: number;
  /** The host key that must answer, as an OpenSSH public key line. */
  publicKey: string;
  signal: AbortSignal;
  /** Milliseconds in which SSH must have answered. Default 30,000. */
  deadlineMs?: number;
}

const DEFAULT_DEADLINE_MS = 30_000;
/** A try that got no answer by then is given up for a new one: packets to a machine that boots are dropped in silence. */
const TRY_MS = 5_000;
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 100;
const PAUSE_GROWTH = 1.2;

type Answer = 'pinned key' | 'other key';

/**
 * Resolves once the server at the address has signed a key exchange (RFC 4253, 8) with the pinned key; nobody logs in.
 * Rejects with `host_key_mismatch` as soon as another key answers, with `timeout` after the deadline or the abort.
 * May be called again.
 */
export async function probeSsh(probe: SshProbe): Promise<void> {
  const { host, port, deadlineMs = DEFAULT_DEADLINE_MS } = probe;
  const pinned = keyBlob(probe.publicKey);
  const deadline = AbortSignal.timeout(deadlineMs);
  const signal = AbortSignal.any([probe.signal, deadline]);
  let lastError: unknown;
  for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(pauseMs * PAUSE_GROWTH, LONGEST_PAUSE_MS)) {
    try {
      const answer = await exchangeKeys(host, port, pinned, AbortSignal.any([signal, AbortSignal.timeout(TRY_MS)]));
      if (answer === 'pinned key') return;
      throw new ProviderError('host_key_mismatch', `SSH at ${host} port ${port} answers with another host key.`, {
        remedy: 'Nothing was sent to it. If nobody else uses that address, destroy the box and make it again.',
        remedyFor: 'everybody',
      });
    } catch (error) {
      if (error instanceof ProviderError) throw error;
      lastError = error;
    }
    await delay(pauseMs, undefined, { signal }).catch(() => undefined);
  }
  if (probe.signal.aborted) {
    throw new ProviderError('timeout', 'Waiting for SSH was cancelled.', { cause: probe.signal.reason });
  }
  throw new ProviderError('timeout', `SSH did not answer within ${Math.round(deadlineMs / 1000)} s.`, {
    cause: lastError,
  });
}

/** The key as it travels: the second word of the line. */
function keyBlob(publicKey: string): Buffer {
  const [type, blob] = publicKey.trim().split(/\s+/);
  if (type !== 'ssh-ed25519' || blob === undefined) {
    throw new ProviderError('invalid', 'The pinned host key is not an Ed25519 public key.');
  }
  return Buffer.from(blob, 'base64');
}

/** One connection: what its key exchange proved. Rejects when there was none. */
function exchangeKeys(host: string, port: number, pinned: Buffer, signal: AbortSignal): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  // Whatever ends this connection later must not end the process.
  const sock: Socket = connect({ host, port, noDelay: true })
    .on('error', reject)
    .once('close', () => reject(closed()));
  const client = new ssh2.Client().on('error', reject);
  const stop = () => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  sock.once('connect', () => {
    client
      .on('handshake', () => resolve('pinned key'))
      .connect({
        sock,
        username: 'dev',
        hostVerifier: (key: Buffer) => {
          if (key.equals(pinned)) return true;
          resolve('other key');
          return false;
        },
      });
  });
  if (signal.aborted) stop();
  return promise.finally(() => {
    signal.removeEventListener('abort', stop);
    client.destroy();
    sock.destroy();
  });
}

function closed(): Error {
  return new Error('The connection was closed before the key exchange was done.');
}
