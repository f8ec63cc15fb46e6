// Socket Mode: a WebSocket to Slack that is opened again whenever it ends, and survives whatever is sent over it.
import { setTimeout as delay } from 'node:timers/promises';
import { SocketModeClient } from '@slack/socket-mode';
import { ErrorCode, WebClient } from '@slack/web-api';
import { z } from 'zod';
import { ShellboxError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { Secret } from '../../secret.ts';
import { SILENT, withSlash } from './api.ts';
import { type DoorReceiver, jsonSchema } from './receiver.ts';

const envelopeSchema = z.object({ ack: z.function(), body: jsonSchema });
const OPEN_MS = 10_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
const STOP_MS = 1_000;

export interface Socket {
  /** Rejects when the first connection cannot be opened; a later one is tried for until `stop`. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Slack sends an envelope that nobody acknowledged to another connection. */
export function openSocket(options: {
  appToken: Secret;
  apiUrl: string | undefined;
  receiver: DoorReceiver;
  logger: Logger;
}): Socket {
  const { appToken, apiUrl, receiver, logger } = options;
  const stopping = new AbortController();
  const client = new SocketModeClient({
    appToken: appToken.reveal(),
    logger: SILENT,
    // Its own attempts fail in promises that nobody waits for, which would end the process.
    autoReconnectEnabled: false,
    clientOptions: {
      ...(apiUrl === undefined ? {} : { slackApiUrl: withSlash(apiUrl) }),
      retryConfig: { retries: 0 },
      timeout: OPEN_MS,
    },
  });
  guardMessages(client, logger);
  client.on('slack_event', (envelope: unknown) => {
    const read = envelopeSchema.safeParse(envelope);
    if (!read.success) return logger.warn({ door: 'slack' }, 'Slack sent an envelope that cannot be read');
    const { ack, body } = read.data;
    receiver
      .take(body)
      // The connection may have ended meanwhile; then Slack sends it again, and it is known.
      .then(() => ack())
      .catch((error: unknown) =>
        logger.warn({ door: 'slack', error }, 'What Slack sent was not taken or not acknowledged'),
      );
  });
  client.on('error', (error: unknown) => logger.warn({ door: 'slack', error }, 'The connection to Slack failed'));
  let staying: Promise<void> | undefined;

  /** Resolves when it is connected, with what resolves when it is no more. */
  async function connect(): Promise<{ gone: Promise<void> }> {
    const { promise: gone, resolve } = Promise.withResolvers<void>();
    await client.start();
    client.once('disconnected', () => resolve());
    return { gone };
  }

  async function stay({ gone }: { gone: Promise<void> }): Promise<void> {
    let connection: { gone: Promise<void> } | undefined = { gone };
    for (let failures = 0; !stopping.signal.aborted; ) {
      await connection?.gone;
      if (connection === undefined) {
        const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS);
        await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => {});
      }
      if (stopping.signal.aborted) return;
      connection = await connect().catch((error: unknown) => {
        failures += 1;
        logger.warn({ door: 'slack', error }, 'The connection to Slack could not be opened again; it is tried further');
        return undefined;
      });
      if (connection !== undefined) failures = 0;
    }
  }

  return {
    async start() {
      try {
        staying = stay(await connect());
      } catch (cause) {
        throw isRefusal(cause) ? appTokenRefused(cause) : cause;
      }
    },
    async stop() {
      stopping.abort();
      // Of a connection that is gone already it would wait for the end for ever.
      await Promise.race([client.disconnect(), delay(STOP_MS)]);
      await staying;
    },
  };
}

/** The library reads messages in a function whose failure nobody waits for. There is no other way in than the listener itself. */
function guardMessages(client: SocketModeClient, logger: Logger): void {
  const [read] = client.listeners('ws_message');
  if (read === undefined) throw new TypeError('@slack/socket-mode reads its messages elsewhere');
  client.removeAllListeners('ws_message');
  client.on('ws_message', (...message: unknown[]) => {
    Promise.resolve()
      .then(() => Reflect.apply(read, client, message))
      .catch((error: unknown) => logger.warn({ door: 'slack', error }, 'A malformed message of Slack was dropped'));
  });
}

/** @throws ShellboxError `token_refused` when Slack does not take the app's token, another error when it does not answer */
export async function checkAppToken({
  appToken,
  apiUrl,
}: {
  appToken: Secret;
  apiUrl: string | undefined;
}): Promise<void> {
  const options = { retryConfig: { retries: 0 }, timeout: OPEN_MS, logger: SILENT };
  const client = new WebClient(appToken.reveal(), {
    ...options,
    ...(apiUrl === undefined ? {} : { slackApiUrl: withSlash(apiUrl) }),
  });
  try {
    await client.apps.connections.open();
  } catch (cause) {
    throw isRefusal(cause) ? appTokenRefused(cause) : cause;
  }
}

/** Slack answered, and said no. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === ErrorCode.PlatformError;
}

function appTokenRefused(cause: unknown): ShellboxError {
  return new ShellboxError('token_refused', "Slack does not take the app's token.", {
    remedy: 'Take SLACK_APP_TOKEN anew: Basic Information, App-Level Tokens, with the scope connections:write.',
    cause,
  });
}
