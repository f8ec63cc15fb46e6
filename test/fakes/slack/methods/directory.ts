// auth.test, users.info, team.info, apps.connections.open: who is there and how to connect.
// Source: https://docs.slack.dev/reference/methods
import type { Arguments } from '../arguments.ts';
import { SlackRefusal } from '../refusal.ts';
import type { World } from '../world.ts';
import type { Method } from './method.ts';

export const directoryMethods: readonly Method[] = [
  { name: 'auth.test', tier: 'unlimited', run: authTest },
  { name: 'users.info', tier: 4, scope: () => 'users:read', run: usersInfo },
  { name: 'team.info', tier: 3, scope: () => 'team:read', run: teamInfo },
  {
    name: 'apps.connections.open',
    tier: 'unlimited',
    token: 'app',
    run: (_given, world) => {
      const url = world.grantSocketUrl();
      if (url === undefined) throw new SlackRefusal('forbidden_team');
      return { url };
    },
  },
];

function authTest(_given: Arguments, { workspace, app }: World): Record<string, unknown> {
  return {
    url: `https://${workspace.domain}.slack.com/`,
    team: workspace.domain,
    user: app.name.toLowerCase(),
    team_id: workspace.teamId,
    user_id: app.botUserId,
    bot_id: app.botId,
    is_enterprise_install: false,
  };
}

function usersInfo(given: Arguments, { workspace, app }: World): Record<string, unknown> {
  const person = workspace.person(given.required('user'));
  if (person === undefined) throw new SlackRefusal('user_not_found');
  const email = app.scopes.has('users:read.email') ? { email: person.email } : {};
  return {
    user: {
      id: person.id,
      team_id: person.teamId,
      name: person.name,
      deleted: false,
      real_name: person.name,
      tz: 'Europe/Berlin',
      tz_label: 'Central European Time',
      tz_offset: 3600,
      profile: { real_name: person.name, display_name: person.name, team: person.teamId, ...email },
      is_admin: false,
      is_owner: false,
      is_primary_owner: false,
      is_restricted: false,
      is_ultra_restricted: false,
      is_bot: person.isBot,
      is_app_user: false,
      // Of people whom the workspace knows only through a shared channel.
      ...(person.teamId === workspace.teamId ? {} : { is_stranger: true }),
      updated: 1_700_000_000,
    },
  };
}

function teamInfo(_given: Arguments, { workspace }: World): Record<string, unknown> {
  return {
    team: {
      id: workspace.teamId,
      name: workspace.domain,
      url: `https://${workspace.domain}.slack.com/`,
      domain: workspace.domain,
      email_domain: `${workspace.domain}.example`,
      icon: { image_default: true },
      avatar_base_url: 'https://ca.slack-edge.com/',
      is_verified: false,
    },
  };
}
