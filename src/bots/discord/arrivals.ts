// What Discord sent becomes an arrival: who spoke, where, and the commands in it; or nothing, when it is not for us.
import type { Arrival, Speaker } from '../../threads/arrival.ts';
import { CHANNEL, type DiscordChannel, type DiscordMessage, type Interaction, MESSAGE_FLAG } from './payloads.ts';
import { type Place, threadPlace } from './place.ts';
import { ticketText } from './ticket.ts';

/** Users are the same in every server, so there are no tenants. */
const TENANT = '';
/** https://discord.com/developers/docs/resources/message#message-object-message-types */
const SAID = new Set([0, 19]);

type Who = Pick<Interaction, 'member' | 'user' | 'guild_id'>;

/** Undefined when Discord did not say who. */
export function speakerOf({ member, user, guild_id: guild }: Who): Speaker | undefined {
  const who = member?.user ?? user;
  if (who === undefined || who.bot === true) return undefined;
  return {
    door: 'discord',
    tenant: TENANT,
    subject: who.id,
    display: member?.nick || who.global_name || who.username || who.id,
    ...(guild === undefined ? {} : { groups: [guild, ...(member?.roles ?? [])] }),
  };
}

export function placeIn({ id, type, parent_id: parent }: DiscordChannel): Place {
  if (type === CHANNEL.direct || type === CHANNEL.groupDirect) return { channel: id, direct: true };
  const isThread = type === CHANNEL.publicThread || type === CHANNEL.privateThread || type === CHANNEL.newsThread;
  return isThread ? { channel: parent ?? id, thread: id } : { channel: id };
}

/** The thread that hangs on the message that was clicked, if there is one: it has the message's id. */
export function interactionPlace(interaction: Interaction): Place {
  const place = placeIn(interaction.channel);
  const { message } = 'message' in interaction ? interaction : {};
  const hangs = message !== undefined && (message.flags & MESSAGE_FLAG.hasThread) !== 0;
  return hangs && place.thread === undefined ? { ...place, thread: message.id } : place;
}

export function interactionArrival(interaction: Interaction, text: string): Arrival | undefined {
  const speaker = speakerOf(interaction);
  if (speaker === undefined) return undefined;
  return {
    door: 'discord',
    tenant: TENANT,
    deliveryId: interaction.id,
    thread: threadPlace(interactionPlace(interaction), interaction.id),
    speaker,
    text,
    interactive: true,
    ticket: ticketText({ application: interaction.application_id, token: interaction.token }),
  };
}

/** Not for us: our own and other bots' messages, edits, what joined, and what nobody mentioned us in. */
export function isSpoken(message: DiscordMessage, botUserId: string): boolean {
  const { author, webhook_id: webhook, type, guild_id: guild, mentions } = message;
  if (author.bot === true || webhook !== undefined || !SAID.has(type)) return false;
  return guild === undefined || mentions.some(({ id }) => id === botUserId);
}

export function messageArrival(message: DiscordMessage, place: Place, botUserId: string): Arrival | undefined {
  const { id, author, member, guild_id: guild, content } = message;
  const speaker = speakerOf({ member: member && { ...member, user: author }, user: author, guild_id: guild });
  const mention = new RegExp(`<@!?${botUserId}>`, 'g');
  const text = content.replace(mention, ' ').trim();
  // Who answers one of our messages mentions us without a word of it in the text, and need not want anything.
  if (speaker === undefined || (text === '' && content.search(mention) < 0)) return undefined;
  return {
    door: 'discord',
    tenant: TENANT,
    deliveryId: id,
    thread: threadPlace(place, id),
    speaker,
    text,
    interactive: true,
  };
}
