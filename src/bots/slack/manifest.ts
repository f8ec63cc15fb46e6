// The manifest from which Slack makes the app: exactly the commands, events, scopes and addresses that the door uses.
// Source: https://docs.slack.dev/reference/app-manifest
import { METHODS } from './api.ts';

/** What the listeners hear, with the scope each subscription needs. Source: the event's page under https://docs.slack.dev/reference/events */
export const EVENTS = {
  app_home_opened: [],
  app_mention: ['app_mentions:read'],
  'message.im': ['im:history'],
} as const satisfies Record<string, readonly string[]>;

export const COMMAND = '/shellbox';

/** Slash commands ask for a scope of their own. */
const COMMAND_SCOPES = ['commands'] as const;

export type ManifestMode = { mode: 'socket' } | { mode: 'http'; url: string };

/** What the bot's token has to be allowed. */
export const SCOPES: readonly string[] = [
  ...new Set<string>([...Object.values(METHODS), ...Object.values(EVENTS), COMMAND_SCOPES].flat()),
].sort();

export function slackManifest(how: ManifestMode): object {
  const address = how.mode === 'http' ? how.url : undefined;
  return {
    display_information: {
      name: 'Shellbox',
      description: 'Dev boxes in one line',
      background_color: '#1f2430',
    },
    features: {
      app_home: { home_tab_enabled: true, messages_tab_enabled: true, messages_tab_read_only_enabled: false },
      bot_user: { display_name: 'shellbox', always_online: true },
      slash_commands: [
        {
          command: COMMAND,
          description: 'Make and use dev boxes',
          usage_hint: 'spinup mybox | list | help',
          // A person who is named comes with their id: what they call themselves proves nothing.
          should_escape: true,
          ...(address === undefined ? {} : { url: address }),
        },
      ],
    },
    oauth_config: { scopes: { bot: SCOPES } },
    settings: {
      event_subscriptions: {
        bot_events: Object.keys(EVENTS).sort(),
        ...(address === undefined ? {} : { request_url: address }),
      },
      interactivity: { is_enabled: true, ...(address === undefined ? {} : { request_url: address }) },
      org_deploy_enabled: false,
      socket_mode_enabled: how.mode === 'socket',
      token_rotation_enabled: false,
    },
  };
}
