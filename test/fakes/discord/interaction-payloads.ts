// What the gateway sends when somebody runs a command, clicks, or submits a dialog.
import type { Interaction } from './interactions.ts';
import { INTERACTION_TYPE } from './interactions.ts';
import { ATTACHMENT_BYTES_MAX } from './limits.ts';
import { PERMISSIONS, type Permission } from './state.ts';
import { channelWire, memberWire, messageWire, permissionBits, userWire, type Wire } from './wire.ts';
import type { World } from './world.ts';

const ALL = Object.keys(PERMISSIONS) as Permission[];

export function interactionPayload(interaction: Interaction, data: Wire, world: World): Wire {
  const { person, channel, source } = interaction;
  const { state, app } = world;
  const isDm = channel.kind === 'dm';
  const user = userWire(person);
  const who = isDm ? { user } : { member: { ...memberWire(person), user, permissions: permissionBits(ALL) } };
  const guild = {
    guild_id: state.guildId,
    guild: { id: state.guildId, locale: 'en-US', features: [] },
    guild_locale: 'en-US',
  };
  return {
    id: interaction.id,
    application_id: app.id,
    type: INTERACTION_TYPE[interaction.kind],
    data,
    ...(isDm ? {} : guild),
    channel: { ...channelWire(channel, state), permissions: permissionBits(ALL) },
    channel_id: channel.id,
    ...who,
    token: interaction.token,
    version: 1,
    locale: 'en-US',
    app_permissions: permissionBits(isDm ? ALL : channel.permissions),
    entitlements: [],
    authorizing_integration_owners: isDm ? { '0': '0' } : { '0': state.guildId },
    context: isDm ? 1 : 0,
    attachment_size_limit: ATTACHMENT_BYTES_MAX,
    ...(source === undefined ? {} : { message: messageWire(source, state, app) }),
  };
}
