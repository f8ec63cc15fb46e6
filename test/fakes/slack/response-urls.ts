// Response URLs: for half an hour, five answers to one command or click, in channels too where the app is not a member.
// Source: https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
import { randomBytes } from 'node:crypto';
import { type Arguments, readArguments } from './arguments.ts';
import { readContent } from './content-check.ts';
import type { Faults } from './faults.ts';
import { RESPONSE_URL_LIFE_MS, RESPONSE_URL_USES } from './limits.ts';
import type { Route, SlackMessage } from './message.ts';
import { SlackRefusal } from './refusal.ts';
import type { ApiAnswer } from './web-api.ts';
import type { World } from './world.ts';

export interface ResponseUrls {
  grant(origin: Origin): string;
  /** Takes what is posted to `path`; undefined when there never was such a URL. */
  take(path: string, contentType: string | undefined, body: string): ApiAnswer | undefined;
  /** The same for what an app puts into its acknowledgement of a command. */
  acknowledge(origin: Origin, answer: Readonly<Record<string, unknown>>): void;
}

export interface Origin {
  channelId: string;
  personId: string;
  /** The message whose button was clicked. */
  message?: SlackMessage | undefined;
}

interface Granted extends Origin {
  atMs: number;
  uses: number;
}

export function createResponseUrls(world: World, faults: Faults): ResponseUrls {
  const { workspace } = world;
  const granted = new Map<string, Granted>();

  function use(url: Granted, given: Arguments): void {
    if (workspace.now() - url.atMs > RESPONSE_URL_LIFE_MS) throw new SlackRefusal('expired_url');
    if (url.uses >= RESPONSE_URL_USES) throw new SlackRefusal('used_url');
    respond(world, url, given, 'response_url');
    url.uses += 1;
  }

  return {
    grant(origin) {
      const kind = origin.message === undefined ? 'commands' : 'actions';
      const path = `/${kind}/${workspace.teamId}/${granted.size + 1}/${randomBytes(12).toString('hex')}`;
      granted.set(path, { ...origin, atMs: workspace.now(), uses: 0 });
      return `${world.origin()}${path}`;
    },
    take(path, contentType, body) {
      const url = granted.get(path);
      if (url === undefined) return undefined;
      const fault = faults.next('response_url');
      if (fault?.kind === 'hang') return { kind: 'hang' };
      if (fault?.kind === 'status') return answered(fault.status, { ok: false });
      if (fault?.kind === 'wait')
        return {
          ...answered(429, { ok: false, error: 'ratelimited' }),
          headers: { 'retry-after': `${fault.seconds}` },
        };
      try {
        if (fault?.kind === 'refuse') throw new SlackRefusal(fault.code);
        use(url, readArguments(contentType, body));
      } catch (error) {
        if (!(error instanceof SlackRefusal)) throw error;
        return answered(statusOf(error.code), { ok: false, error: error.code, ...error.more });
      }
      if (fault?.kind === 'taken') return { kind: 'hang' };
      return fault?.kind === 'lost' ? { kind: 'cut' } : answered(200, { ok: true });
    },
    acknowledge(origin, answer) {
      respond(world, origin, readArguments('application/json', JSON.stringify(answer)), 'acknowledgement');
    },
  };
}

/** Ephemeral unless `response_type` says otherwise; not in the clicked message's thread unless `thread_ts` says so. */
function respond({ workspace, app }: World, origin: Origin, given: Arguments, route: Route): void {
  const { message } = origin;
  if (given.flag('delete_original') && message !== undefined) {
    workspace.remove(message);
    return;
  }
  const content = readContent(given);
  if (given.flag('replace_original') && message !== undefined && !message.deleted) {
    workspace.edit(message, content);
    return;
  }
  const channel = workspace.channel(origin.channelId);
  if (channel?.archived === true) throw new SlackRefusal('channel_is_archived');
  const parent = workspace.find(origin.channelId, given.text('thread_ts') ?? '');
  workspace.post({
    ...content,
    author: app.botUserId,
    bot: { id: app.botId, appId: app.appId, name: app.name },
    channel: origin.channelId,
    threadTs: parent?.threadTs ?? parent?.ts,
    ...(given.text('response_type') === 'in_channel' ? {} : { onlyFor: origin.personId }),
    route,
  });
}

function statusOf(code: string): number {
  if (code === 'expired_url' || code === 'used_url') return 404;
  return code === 'channel_is_archived' ? 410 : 400;
}

function answered(status: number, body: object): Extract<ApiAnswer, { kind: 'answer' }> {
  return { kind: 'answer', status, headers: {}, body };
}
