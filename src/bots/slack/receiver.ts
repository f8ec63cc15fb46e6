// How requests of Slack reach the app, over HTTP or Socket Mode: acknowledged only once a listener has taken them.
// Bolt's own receivers acknowledge events before any listener ran, so that a crash would lose them.
import type { App, Receiver, ReceiverEvent } from '@slack/bolt';
import { z } from 'zod';
import { ShellboxError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { Secret } from '../../secret.ts';
import type { HookAnswer, HookRequest } from '../door.ts';
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

export const jsonSchema = z.record(z.string(), z.unknown());

/** Answers what Slack posts: 401 for what is not from Slack, 400 for what cannot be read, 500 for what was not taken. */
export async function answerRequest(
  request: HookRequest,
  options: { signingSecret: Secret; now: () => Date; receiver: DoorReceiver; logger: Logger },
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
    return { status: isUnreadable(error) ? 400 : 500 };
  }
}

/** Of no shape that our listeners know, or of one that Bolt itself trips over before them. */
function isUnreadable(error: unknown): boolean {
  return error instanceof z.ZodError || error instanceof TypeError;
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
