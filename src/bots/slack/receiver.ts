// How requests of Slack reach the app, over HTTP or Socket Mode: acknowledged only once a listener has taken them.
// Bolt's own receivers acknowledge events before any listener ran, so that a crash would lose them.
import type { App, Receiver, ReceiverEvent } from '@slack/bolt';
import { SocketModeClient } from '@slack/socket-mode';
import { ErrorCode } from '@slack/web-api';
import { z } from 'zod';
import { ShellboxError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { HookAnswer, HookRequest } from '../door.ts';
import { SILENT, withSlash } from './api.ts';
import { isFromSlack } from './signature.ts';

export interface DoorReceiver extends Receiver {
  /** Resolves once the request was taken, and rejects when it was not. */
  take(body: Record<string, unknown>): Promise<void>;
}

export function createReceiver(): DoorReceiver {
  let app: App | undefined;
  return {
    init(made) {
      app = made;
    },
    start: async () => {},
    stop: async () => {},
    async take(body) {
      if (app === undefined) throw new ShellboxError('not_open', 'The Slack door is not open yet.');
      // Listeners acknowledge by returning; that Bolt acknowledges events before them means nothing here.
      const event: ReceiverEvent = { body, ack: async () => {} };
      await app.processEvent(event);
    },
  };
}

const jsonSchema = z.record(z.string(), z.unknown());

/** Answers what Slack posts: 401 for what is not from Slack, 400 for what cannot be read, 500 for what was not taken. */
export async function answerRequest(
  request: HookRequest,
  options: { signingSecret: string; now: () => Date; receiver: DoorReceiver; logger: Logger },
): Promise<HookAnswer> {
  if (!isFromSlack(request, options.signingSecret, options.now())) return { status: 401 };
  const body = readBody(request);
  if (body === undefined) return { status: 400 };
  // The check of the URL when it is entered. https://docs.slack.dev/reference/events/url_verification
  if (body.type === 'url_verification') return { status: 200, headers: PLAIN, body: String(body.challenge) };
  if (body.ssl_check !== undefined) return { status: 200 };
  try {
    await options.receiver.take(body);
    return { status: 200 };
  } catch (error) {
    options.logger.warn({ door: 'slack', error }, 'What Slack sent was not taken');
    return { status: error instanceof z.ZodError ? 400 : 500 };
  }
}

const PLAIN = { 'content-type': 'text/plain; charset=utf-8' } as const;

function readBody({ headers, body }: HookRequest): Record<string, unknown> | undefined {
  const text = body.toString('utf8');
  if (!String(headers['content-type']).startsWith('application/x-www-form-urlencoded')) return readJson(text);
  const fields = new URLSearchParams(text);
  const payload = fields.get('payload');
  return payload === null ? Object.fromEntries(fields) : readJson(payload);
}

function readJson(text: string): Record<string, unknown> | undefined {
  try {
    return jsonSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

const envelopeSchema = z.object({ ack: z.function(), body: jsonSchema });

export interface Socket {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Slack sends an envelope that nobody acknowledged to another connection. */
export function openSocket(options: {
  appToken: string;
  apiUrl: string | undefined;
  receiver: DoorReceiver;
  logger: Logger;
}): Socket {
  const { appToken, apiUrl, receiver, logger } = options;
  const client = new SocketModeClient({
    appToken,
    logger: SILENT,
    clientOptions: apiUrl === undefined ? {} : { slackApiUrl: withSlash(apiUrl) },
  });
  client.on('slack_event', (envelope: unknown) => {
    const read = envelopeSchema.safeParse(envelope);
    if (!read.success) return logger.warn({ door: 'slack' }, 'Slack sent an envelope that cannot be read');
    const { ack, body } = read.data;
    receiver.take(body).then(
      () => ack(),
      (error: unknown) => logger.warn({ door: 'slack', error }, 'What Slack sent was not taken'),
    );
  });
  client.on('error', (error: unknown) => logger.warn({ door: 'slack', error }, 'The connection to Slack failed'));
  return {
    async start() {
      try {
        await client.start();
      } catch (cause) {
        throw isRefusal(cause) ? appTokenRefused(cause) : cause;
      }
    },
    stop: () => client.disconnect(),
  };
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
