// A Slack workspace on loopback for tests: it checks what Slack checks, sends what Slack sends, and shows what people see.
//
//   const slack = await openSlack();                             then give the app slack.apiUrl, slack.app.botToken, slack.app.signingSecret
//   slack.deliverTo(['http://127.0.0.1:8080/slack/events']);     or { socketMode: true } and slack.app.appToken
//   const ana = slack.user('ana');                               people first, then channels that they are in
//   slack.addChannel('dev');
//   const act = ana.types('/shellbox spinup mybox', { channel: '#dev' });
//   await act.acknowledged();                                    and then `eventually` something of act.shown(ana.id)
//   ana.clicks({ channel: '#dev' }, 'Stop');                     by label, in the newest message that has it
import { randomUUID } from 'node:crypto';
import { type Actor, createActor } from './actor.ts';
import { type AppIdentity, createAppIdentity, DEFAULT_EVENTS, DEFAULT_SCOPES, type EventName } from './app-identity.ts';
import { type Courier, createCourier, type RetryPolicy } from './courier.ts';
import { createEventFeed } from './event-feed.ts';
import { createFaults, type Faults } from './faults.ts';
import { createFiles } from './files.ts';
import { createHttpCarrier } from './http-carrier.ts';
import { ACK_DEADLINE_MS } from './limits.ts';
import type { SlackMessage } from './message.ts';
import { type Notifications, watchNotifications } from './notifications.ts';
import { createRates, type RateOptions } from './rates.ts';
import { createResponseUrls } from './response-urls.ts';
import { openServer } from './server.ts';
import { openSocketMode, type SocketMode } from './socket-mode.ts';
import type { Stage } from './stage.ts';
import { type TranscriptOptions, transcript } from './transcript.ts';
import { createTriggers } from './triggers.ts';
import { createViews } from './views.ts';
import { createWebApi, type WebApi } from './web-api.ts';
import { type Channel, type ChannelKind, createWorkspace } from './workspace.ts';
import type { World } from './world.ts';

export interface SlackOptions extends RateOptions {
  /** As people mention it: `@shellbox`. */
  appName?: string;
  scopes?: readonly string[];
  events?: readonly EventName[];
  /** Where commands, events and clicks go; none in Socket Mode, and none until the app listens. */
  requestUrls?: readonly string[];
  /** Deliver over WebSockets instead. */
  socketMode?: boolean;
  /** Real time; Slack's is 3,000. */
  ackDeadlineMs?: number;
  retries?: RetryPolicy;
  /** Milliseconds since the epoch: times of messages, rates, triggers, response URLs, signatures. */
  now?: () => number;
}

export interface ChannelOptions {
  kind?: Exclude<ChannelKind, 'im'>;
  /** Everybody there is, when left out. */
  members?: readonly Actor[];
  /** Whether the app is a member; it is unless this says no. */
  withApp?: boolean;
}

export interface FakeSlack extends Pick<Faults, 'failNext'>, Pick<WebApi, 'calls'> {
  readonly origin: string;
  /** For `slackApiUrl` and `SLACK_API_URL`. */
  readonly apiUrl: string;
  readonly app: AppIdentity;
  readonly socket: SocketMode;
  readonly notifications: Notifications;
  readonly deliveries: Courier['deliveries'];
  /** Resolves when nothing is on its way to the app. */
  readonly idle: Courier['idle'];
  /** Later requests go to these, in turn. */
  deliverTo(requestUrls: readonly string[]): void;
  /** Asks a request URL whether it is ours, as Slack does when an operator enters it. */
  verifiesRequestUrl(url: string): Promise<boolean>;
  /** A person; of another team for somebody in a shared channel. The same name gives the same person. */
  user(name: string, options?: { teamId?: string; enterpriseId?: string }): Actor;
  /** Everybody who is there now is in it, and the app, unless told otherwise. `members` and `archived` may be changed later. */
  addChannel(name: string, options?: ChannelOptions): Channel;
  channel(idOrName: string): Channel;
  /** Another app writes; ours is told like of anybody's message. */
  otherBotSays(text: string, where: { channel: string; thread?: string }): SlackMessage;
  messages(channel: string): readonly SlackMessage[];
  transcript(channel: string, options?: TranscriptOptions): string;
  close(): Promise<void>;
}

export async function openSlack(options: SlackOptions = {}): Promise<FakeSlack> {
  const now = options.now ?? Date.now;
  const ackDeadlineMs = options.ackDeadlineMs ?? ACK_DEADLINE_MS;
  const app = createAppIdentity(
    options.appName ?? 'Shellbox',
    options.scopes ?? DEFAULT_SCOPES,
    options.events ?? DEFAULT_EVENTS,
  );
  const workspace = createWorkspace('T0000ACME', 'acme', now);
  workspace.addPerson({
    id: app.botUserId,
    name: app.name,
    teamId: workspace.teamId,
    enterpriseId: undefined,
    isBot: true,
  });
  let requestUrls = options.requestUrls ?? [];
  const server = await openServer(() => ({ webApi, responseUrls, files: world.files }));
  const socket = openSocketMode({ http: server.http, appId: app.appId, ackDeadlineMs });
  const world: World = {
    workspace,
    app,
    triggers: createTriggers(now),
    views: createViews(now),
    files: createFiles(),
    origin: () => server.origin,
    grantSocketUrl: () => (options.socketMode === true ? socket.grantUrl(server.origin) : undefined),
  };
  const faults = createFaults();
  const webApi = createWebApi(world, createRates(now, options), faults);
  const responseUrls = createResponseUrls(world, faults);
  const http = createHttpCarrier({
    requestUrls: () => requestUrls,
    signingSecret: app.signingSecret,
    ackDeadlineMs,
    now,
  });
  const courier = createCourier(options.socketMode === true ? socket : http, options.retries ?? 'at-once');
  const stage: Stage = { world, courier, responseUrls, feed: createEventFeed(world, courier) };
  const notifications = watchNotifications(workspace, app);

  function channel(idOrName: string): Channel {
    const found = workspace.channel(idOrName);
    if (found === undefined) throw new Error(`No channel ${idOrName}.`);
    return found;
  }

  return {
    origin: server.origin,
    apiUrl: `${server.origin}/api/`,
    app,
    socket,
    notifications,
    failNext: faults.failNext,
    calls: webApi.calls,
    deliveries: courier.deliveries,
    idle: courier.idle,
    deliverTo(urls) {
      requestUrls = urls;
    },
    async verifiesRequestUrl(url) {
      const challenge = randomUUID();
      const payload = { token: app.verificationToken, challenge, type: 'url_verification' };
      const { answer } = await http.carry({ kind: 'events_api', payload }, { retryNumber: 0, to: url });
      return answer?.challenge === challenge || answer?.text === challenge;
    },
    user(name, { teamId = workspace.teamId, enterpriseId } = {}) {
      const person =
        workspace.people().find((known) => known.name === name) ??
        workspace.addPerson({ name, teamId, enterpriseId, isBot: false });
      return createActor({ ...stage, person });
    },
    addChannel(name, { kind = 'public', members, withApp = true } = {}) {
      const people = members ?? workspace.people().filter((person) => !person.isBot);
      const ids = people.map(({ id }) => id);
      return workspace.addChannel(name, kind, withApp ? [...ids, app.botUserId] : ids);
    },
    channel,
    otherBotSays: (text, where) =>
      workspace.post({
        channel: channel(where.channel).id,
        threadTs: where.thread,
        author: 'U0OTHERBOT1',
        bot: { id: 'B0OTHERBOT1', appId: 'A0OTHERBOT1', name: 'otherbot' },
        subtype: 'bot_message',
        text,
        route: 'other',
      }),
    messages: (name) => channel(name).messages,
    transcript: (name, seen) => transcript(channel(name), workspace, seen),
    async close() {
      await socket.close();
      await server.close();
    },
  };
}
