// What comes over the gateway: each thing is written down once, acknowledged to Discord, and then worked on.
import type { Logger } from '../../log.ts';
import type { Arrival, Intake } from '../../threads/arrival.ts';
import type { ChatHouse } from '../chat-house.ts';
import { within } from '../within.ts';
import { type DiscordApi, isRefused } from './api.ts';
import { interactionArrival, isSpoken, messageArrival, placeIn, speakerOf } from './arrivals.ts';
import { pressedCommand } from './buttons.ts';
import { COMMAND_NAME, focusedField, lineOf } from './commands.ts';
import { AUTOCOMPLETE_MAX } from './limits.ts';
import { modalOf, submitted } from './modal.ts';
import {
  CHANNEL,
  type CommandInteraction,
  channelSchema,
  type DiscordChannel,
  INTERACTION,
  type Interaction,
  interactionSchema,
  MESSAGE_FLAG,
  messageSchema,
} from './payloads.ts';
import type { Place } from './place.ts';

export interface ListenerOptions {
  api: DiscordApi;
  intake: Intake;
  house: ChatHouse;
  botUserId: string;
  logger: Logger;
}

/** Discord waits 3 s for an answer. */
const ACCEPT_MS = 2_000;
const ANSWER_MS = 2_500;
/** https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-response-object-interaction-callback-type */
const ANSWER = { deferred: 5, suggestions: 8, modal: 9 } as const;
const LOOK_UPS = 2;
const MOST_CHANNELS_KNOWN = 10_000;

/** Takes one event by its name and data; rejects when it could not be written down, and then nothing was acknowledged. */
export function createListener(options: ListenerOptions): (name: string, data: unknown) => Promise<void> {
  const { api, intake, house, botUserId, logger } = options;
  /** A message does not say whether its channel is a thread. */
  const places = new Map<string, Place>();

  async function onMessage(data: unknown): Promise<void> {
    const message = messageSchema.parse(data);
    if (!isSpoken(message, botUserId)) return;
    const arrival = messageArrival(message, await placeOf(message.channel_id, message.guild_id), botUserId);
    if (arrival === undefined) return;
    const { delivery, duplicate } = await within(ACCEPT_MS, intake.accept(arrival));
    if (!duplicate) await intake.work(delivery);
  }

  async function placeOf(channel: string, guild: string | undefined): Promise<Place> {
    if (guild === undefined) return placeIn({ id: channel, type: CHANNEL.direct });
    const known = places.get(channel);
    if (known !== undefined) return known;
    const found = await lookUp(channel);
    // Answered there all the same, only not as a part of a conversation: better than not at all.
    if (found === undefined) return { channel };
    const place = placeIn(found);
    if (places.size >= MOST_CHANNELS_KNOWN) places.clear();
    places.set(channel, place);
    return place;
  }

  /** Undefined when Discord does not say, asked twice. */
  async function lookUp(channel: string): Promise<DiscordChannel | undefined> {
    for (let attempt = 1; attempt <= LOOK_UPS; attempt++) {
      try {
        return channelSchema.parse(
          await api.call('GET', `/channels/${channel}`, { signal: AbortSignal.timeout(ANSWER_MS) }),
        );
      } catch (error) {
        logger.warn({ door: 'discord', error }, 'Discord did not say what kind of channel a message is in');
      }
    }
    return undefined;
  }

  async function onInteraction(data: unknown): Promise<void> {
    const interaction = interactionSchema.parse(data);
    if (interaction.type === INTERACTION.autocomplete) return suggest(interaction);
    const line = lineFrom(interaction);
    if (line === undefined) return;
    if (interaction.type !== INTERACTION.modal && (await asked(interaction, line))) return;
    const arrival = interactionArrival(interaction, line);
    if (arrival !== undefined) await take(interaction, arrival);
  }

  function lineFrom(interaction: Interaction): string | undefined {
    if (interaction.type === INTERACTION.component) return pressedCommand(interaction.data.custom_id);
    if (interaction.type === INTERACTION.modal) {
      const filled = submitted(interaction);
      return filled && house.forms.write(filled.command, filled.values);
    }
    return interaction.data.name === COMMAND_NAME ? lineOf(interaction, house.forms) : undefined;
  }

  /** True when the line wanted a dialog and the person has it before them. */
  async function asked(interaction: Interaction, line: string): Promise<boolean> {
    const dialog = house.forms.dialogFor(line);
    const modal = dialog && modalOf(dialog);
    if (modal === undefined) return false;
    return answer(interaction, { type: ANSWER.modal, data: modal });
  }

  async function take(interaction: Interaction, arrival: Arrival): Promise<void> {
    const { delivery, duplicate } = await within(ACCEPT_MS, intake.accept(arrival));
    // Also a duplicate: who wrote it down may have died before this.
    await answer(interaction, { type: ANSWER.deferred, data: { flags: MESSAGE_FLAG.ephemeral } });
    if (!duplicate) await intake.work(delivery);
  }

  async function suggest(interaction: CommandInteraction): Promise<void> {
    const who = speakerOf(interaction);
    const focused = focusedField(interaction, house.forms);
    const boxes = who === undefined || focused?.field.kind !== 'box' ? [] : await house.boxesOf(who);
    const states = focused?.field.states;
    const begun = focused?.typed.trim().toLowerCase() ?? '';
    const choices = boxes
      .filter(({ state, name }) => (states?.includes(state) ?? true) && name.startsWith(begun))
      .slice(0, AUTOCOMPLETE_MAX)
      .map(({ name }) => ({ name, value: name }));
    await answer(interaction, { type: ANSWER.suggestions, data: { choices } });
  }

  /** False when Discord did not take it: what follows is answered in other ways. */
  async function answer({ id, token }: Interaction, body: object): Promise<boolean> {
    try {
      const signal = AbortSignal.timeout(ANSWER_MS);
      await api.call('POST', `/interactions/${id}/${token}/callback`, { body, signal });
      return true;
    } catch (error) {
      // It was delivered twice, and the other one's answer is there.
      if (isRefused(error, 'acknowledged')) return true;
      if (!isRefused(error, 'unknownInteraction'))
        logger.warn({ door: 'discord', error }, 'Discord did not take the first answer to an interaction');
      return false;
    }
  }

  return async (name, data) => {
    if (name === 'INTERACTION_CREATE') await onInteraction(data);
    else if (name === 'MESSAGE_CREATE') await onMessage(data);
  };
}
