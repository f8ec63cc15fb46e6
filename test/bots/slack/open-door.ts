// A Slack door on a Slack of tests: over HTTP behind the service's own server, or in Socket Mode.
import type { OwnBox } from '../../../src/bots/chat-house.ts';
import type { Door } from '../../../src/bots/door.ts';
import { EVENTS, SCOPES } from '../../../src/bots/slack/manifest.ts';
import { createSlackDoor } from '../../../src/bots/slack/slack.ts';
import { formsOf } from '../../../src/commands/forms.ts';
import { COMMANDS } from '../../../src/commands/registry.ts';
import { createLogger } from '../../../src/log.ts';
import { secret } from '../../../src/secret.ts';
import type { Intake } from '../../../src/threads/arrival.ts';
import { serveHooks } from '../../fakes/service.ts';
import { type FakeSlack, openSlack, type SlackOptions } from '../../fakes/slack/slack.ts';

export const silent = createLogger({ level: process.env.LAB_LOG ?? 'silent', secrets: [] });

/** The app of tests may do what the manifest asks for, and hears what it subscribes to. */
export const MANIFEST = { scopes: SCOPES, events: Object.keys(EVENTS) as (keyof typeof EVENTS)[] };

export interface OpenDoor {
  door: Door;
  /** Where Slack posts to; undefined in Socket Mode. */
  url: string | undefined;
  close(): Promise<void>;
}

export interface DoorOptions {
  boxes?: readonly OwnBox[];
  mode?: 'http' | 'socket';
  now?: () => Date;
}

/** One more process of ours at that Slack. */
export async function openSlackDoor(slack: FakeSlack, intake: Intake, options: DoorOptions = {}): Promise<OpenDoor> {
  const { mode = 'http', boxes = [] } = options;
  const door = createSlackDoor({
    botToken: secret(slack.app.botToken),
    signingSecret: mode === 'http' ? secret(slack.app.signingSecret) : undefined,
    appToken: mode === 'socket' ? secret(slack.app.appToken) : undefined,
    apiUrl: slack.apiUrl,
    house: { forms: formsOf(COMMANDS), boxesOf: async () => boxes },
    now: options.now ?? (() => new Date()),
    logger: silent,
  });
  await door.open(intake);
  const http = mode === 'http' ? await serveHooks(door, silent) : undefined;
  return {
    door,
    url: http && `http://127.0.0.1:${http.listen?.port}/slack/events`,
    async close() {
      await http?.close();
      await door.close();
    },
  };
}

/** A Slack with a channel `#dev`, where ana and ben are, and one door to it. */
export async function openWorkspace(intake: Intake, options: DoorOptions & { slack?: SlackOptions } = {}) {
  const slack = await openSlack({
    ...MANIFEST,
    postBurst: 50,
    socketMode: options.mode === 'socket',
    ...options.slack,
  });
  const [ana, ben] = [slack.user('ana'), slack.user('ben')];
  slack.addChannel('dev');
  const open = await openSlackDoor(slack, intake, options);
  if (open.url !== undefined) slack.deliverTo([open.url]);
  return {
    slack,
    ana,
    ben,
    door: open.door,
    url: open.url ?? '',
    async close() {
      await slack.idle();
      await open.close();
      await slack.close();
    },
  };
}
