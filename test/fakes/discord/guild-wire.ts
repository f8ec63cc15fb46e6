// The server and the application as JSON, in the shapes of Discord's API.
import type { AppIdentity } from './app-identity.ts';
import { timeOf } from './snowflakes.ts';
import { ALL_PERMISSIONS, type Channel, type Person, type State } from './state.ts';
import { channelWire, isoTime, memberWire, permissionBits, userWire, type Wire } from './wire.ts';

/** What a server need not have. */
const NOT_SET = {
  description: null,
  home_header: null,
  splash: null,
  discovery_splash: null,
  banner: null,
  application_id: null,
  afk_channel_id: null,
  system_channel_id: null,
  widget_enabled: false,
  widget_channel_id: null,
  vanity_url_code: null,
  rules_channel_id: null,
  safety_alerts_channel_id: null,
  public_updates_channel_id: null,
  premium_subscription_count: 0,
  premium_progress_bar_enabled: false,
  premium_progress_bar_enabled_user_updated_at: null,
  max_presences: null,
  max_video_channel_users: 25,
  max_stage_video_channel_users: 50,
  hub_type: null,
  incidents_data: null,
  region: 'deprecated',
  nsfw: false,
} as const;

export function guildWire(state: State): Wire {
  const roles = [{ id: state.guildId, name: '@everyone' }, ...state.roles()].map(({ id, name }, position) => ({
    id,
    name,
    position,
    color: 0,
    colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
    hoist: false,
    icon: null,
    unicode_emoji: null,
    managed: false,
    mentionable: false,
    flags: 0,
    permissions: permissionBits(ALL_PERMISSIONS),
  }));
  const counts = { max_members: 100, premium_tier: 0, verification_level: 0, nsfw_level: 0, mfa_level: 0 };
  return {
    id: state.guildId,
    name: state.guildName,
    owner_id: state.people()[0]?.id ?? state.guildId,
    icon: null,
    ...NOT_SET,
    features: [],
    emojis: [],
    stickers: [],
    roles,
    preferred_locale: 'en-US',
    afk_timeout: 300,
    system_channel_flags: 0,
    default_message_notifications: 0,
    explicit_content_filter: 0,
    ...counts,
  };
}

/** What the gateway adds when the app comes in: channels, threads, and only itself of the members. */
export function guildCreateWire(state: State, app: AppIdentity): Wire {
  const visible = state.channels().filter(({ permissions }) => permissions.has('ViewChannel'));
  const bot = state.person(app.id);
  const of = (kind: Channel['kind']) =>
    visible
      .filter((channel) => channel.kind === kind && !channel.archived)
      .map((channel) => channelWire(channel, state));
  return {
    ...guildWire(state),
    joined_at: isoTime(timeOf(app.id)),
    large: false,
    unavailable: false,
    member_count: state.people().length,
    voice_states: [],
    presences: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
    members: bot === undefined ? [] : [{ ...memberWire(bot), user: userWire(bot) }],
    channels: of('text'),
    threads: of('thread'),
  };
}

export function applicationWire(app: AppIdentity, bot: Person, owner: Person): Wire {
  return {
    id: app.id,
    name: app.name,
    icon: null,
    description: '',
    type: null,
    bot: userWire(bot),
    bot_public: app.isPublic,
    bot_require_code_grant: app.needsCodeGrant,
    verify_key: app.publicKey,
    flags: 0,
    flags_new: '0',
    redirect_uris: [],
    interactions_endpoint_url: app.interactionsUrl,
    role_connections_verification_url: null,
    owner: userWire(owner),
    approximate_guild_count: 1,
    approximate_user_install_count: 0,
    approximate_user_authorization_count: 0,
    explicit_content_filter: 0,
    team: null,
    eligible_oauth2_scopes: [],
  };
}
