// The Slack door: slash commands, mentions, direct messages, buttons and the home tab, answered in threads.
import { App, LogLevel } from '@slack/bolt';
import { z } from 'zod';
import { ShellboxError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { Secret } from '../../secret.ts';
import type { Intake } from '../../threads/arrival.ts';
import type { ChatHouse } from '../chat-house.ts';
import type { Door, Hook, Pace } from '../door.ts';
import { openOrLater } from '../open-later.ts';
import { createSlackApi, SILENT, type SlackApi, SlackRefused, withSlash } from './api.ts';
import type { Installed } from './arrivals.ts';
import { CHANNEL_PACE, REQUEST_BYTES_MAX, REQUEST_MS } from './limits.ts';
import { addListeners } from './listeners.ts';
import { createOutbound } from './outbound.ts';
import { createPeople } from './people.ts';
import { isDirect, placeOf, threadPlace } from './place.ts';
import { answerRequest, createReceiver } from './receiver.ts';
import { mayBeFromSlack } from './signature.ts';
import { openSocket, type Socket } from './socket.ts';

export interface SlackDoorOptions {
  botToken: Secret;
  /** HTTP mode: the hook checks every request with it. */
  signingSecret: Secret | undefined;
  /** Socket Mode. */
  appToken: Secret | undefined;
  /** Undefined: Slack's. */
  apiUrl: string | undefined;
  house: ChatHouse;
  now: () => Date;
  logger: Logger;
  /** Undefined: what Slack takes in a channel. */
  pace?: Pace;
}

/** Where Slack posts in HTTP mode. */
export const EVENTS_PATH = '/slack/events';

const authSchema = z.object({ team_id: z.string(), user_id: z.string(), bot_id: z.string().optional() });

/** `open` rejects with `token_refused` when Slack does not know a token; when Slack is away it resolves, and goes on trying. */
export function createSlackDoor(options: SlackDoorOptions): Door {
  const { signingSecret, appToken, apiUrl, house, now, logger } = options;
  const api = createSlackApi({ token: options.botToken, apiUrl });
  const receiver = createReceiver();
  const working = new Set<Promise<unknown>>();
  const closing = new AbortController();
  let socket: Socket | undefined;

  function afterwards(work: Promise<unknown>): void {
    const done = work
      .catch((error: unknown) => logger.warn({ door: 'slack', error }, 'Something Slack asked for failed'))
      .finally(() => working.delete(done));
    working.add(done);
  }

  async function enter(intake: Intake): Promise<void> {
    const { installed, botId } = await whoWeAre(api);
    const app = new App({
      token: options.botToken.reveal(),
      botUserId: installed.botUserId,
      ...(botId === undefined ? {} : { botId }),
      // Asked above; Bolt would ask again in the background.
      tokenVerificationEnabled: false,
      receiver,
      logger: SILENT,
      logLevel: LogLevel.ERROR,
      clientOptions: {
        ...(apiUrl === undefined ? {} : { slackApiUrl: withSlash(apiUrl) }),
        retryConfig: { retries: 0 },
      },
    });
    app.error(async ({ original, ...error }) => Promise.reject(original ?? error));
    const people = createPeople(api, () => performance.now());
    addListeners({ app, api, intake, house, installed, people, afterwards, logger });
    if (appToken === undefined) return;
    const opening = openSocket({ appToken, apiUrl, receiver, logger });
    await opening.start();
    socket = opening;
  }

  const hook = (secret: Secret): Hook => ({
    path: EVENTS_PATH,
    mostBodyBytes: REQUEST_BYTES_MAX,
    bodyMs: REQUEST_MS,
    admits: (request) => mayBeFromSlack(request, now()),
    answer: (request) => answerRequest(request, { signingSecret: secret, now, receiver, logger }),
  });

  return {
    name: 'slack',
    traits: { name: 'slack', yesConfirms: true, lights: true },
    lookup: 'find',
    ownLanes: [],
    pace: options.pace ?? CHANNEL_PACE,
    ...(signingSecret === undefined ? {} : { hooks: [hook(signingSecret)] }),
    open: (intake) =>
      openOrLater({ door: 'slack', enter: () => enter(intake), closing: closing.signal, afterwards, logger }),
    async close() {
      closing.abort();
      // Before the socket: one that is being opened is to be closed as well.
      await Promise.allSettled(working);
      await socket?.stop();
    },
    send: createOutbound({ api, now }),
    async direct({ tenant, subject }, { id }) {
      return threadPlace(tenant, { user: subject }, `notice:${id}`);
    },
    isDirect(address, subject) {
      const place = placeOf(address);
      return isDirect(place) && (place.user ?? subject) === subject;
    },
  };
}

async function whoWeAre(api: SlackApi): Promise<{ installed: Installed; botId: string | undefined }> {
  try {
    const { team_id: teamId, user_id: botUserId, bot_id: botId } = authSchema.parse(await api.call('auth.test', {}));
    return { installed: { teamId, botUserId }, botId };
  } catch (cause) {
    if (cause instanceof SlackRefused)
      throw new ShellboxError('token_refused', `Slack does not take the bot's token: ${cause.reason}.`, {
        remedy: 'Take SLACK_BOT_TOKEN anew from the app’s page OAuth & Permissions.',
        cause,
      });
    throw cause;
  }
}
