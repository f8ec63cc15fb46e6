// A person at a Discord client: runs commands, writes, clicks, fills in dialogs, and sees what is there.
import { type Act, createAct } from './act.ts';
import { press, type Where } from './clicking.ts';
import { commandData, type OptionValues } from './commanding.ts';
import { interactionPayload } from './interaction-payloads.ts';
import type { InteractionKind } from './interactions.ts';
import { type DiscordMessage, MESSAGE_TYPE } from './message.ts';
import { shownModal } from './rendering.ts';
import type { PersonOnStage } from './stage.ts';
import type { Channel } from './state.ts';
import { submission } from './submitting.ts';
import { transcript } from './transcript.ts';
import type { Wire } from './wire.ts';

export interface Place {
  /** The id of a channel, thread or one's direct messages, or `#name`. */
  channel: string;
}

export interface Actor {
  readonly id: string;
  readonly name: string;
  /** The id of the direct messages with the app. */
  readonly dm: string;
  /** `spinup` or `shellbox spinup`, with options as the registered command has them. */
  runs(command: string, options: OptionValues, place: Place): Act;
  /** Types into the option `focused`, with what is typed so far in `options`. */
  autocompletes(command: string, options: OptionValues, focused: string, place: Place): Act;
  clicks(where: Where, label: string): Act;
  /** Answers the open dialog. */
  submits(values: Readonly<Record<string, string>>): Act;
  closesModal(): void;
  /** `@Shellbox`, `@ana` and `#dev` become mentions, as the client makes them. */
  says(text: string, place: Place & { repliesTo?: DiscordMessage }): Act;
  edits(message: DiscordMessage, text: string): void;
  deletes(message: DiscordMessage): void;
  /** Sends any event to the app, as if Discord had made it. */
  forges(event: string, data: unknown): void;
  /** The channel as this person sees it. */
  sees(channel: string): string;
  modal(): string | undefined;
  /** Whether the app may write direct messages. */
  takesMessages(yes: boolean): void;
  joins(roleId: string): void;
}

export function createActor(stage: PersonOnStage): Actor {
  const { world, person, gateway } = stage;
  const { state, interactions, modals } = world;

  function channelOf(idOrName: string): Channel {
    const channel = state.channel(idOrName);
    if (channel === undefined || channel.deleted) throw new Error(`No channel ${idOrName}.`);
    if (channel.kind === 'dm' && channel.withPerson !== person.id)
      throw new Error(`${person.name} is not in ${idOrName}.`);
    return channel;
  }
  function interact(kind: InteractionKind, channel: Channel, data: Wire, source?: DiscordMessage): Act {
    const interaction = interactions.start({ kind, person, channel, source });
    const act = createAct(stage, { channel, interaction, sinceId: interaction.id });
    gateway.dispatch({ name: 'INTERACTION_CREATE', data: interactionPayload(interaction, data, world), intents: 0 });
    return act;
  }
  function written(text: string): string {
    const people = state.people().toSorted((a, b) => b.name.length - a.name.length);
    const named = people.reduce((done, { id, name }) => done.replaceAll(mentionOf(name), `<@${id}>`), text);
    return named.replaceAll(/#([\w-]+)/g, (whole) => {
      const channel = state.channel(whole);
      return channel === undefined ? whole : `<#${channel.id}>`;
    });
  }

  return {
    id: person.id,
    name: person.name,
    get dm() {
      return state.openDm(person.id).id;
    },
    runs: (command, options, place) =>
      interact('command', channelOf(place.channel), commandData(world, command, options)),
    autocompletes: (command, options, focused, place) =>
      interact('autocomplete', channelOf(place.channel), commandData(world, command, options, focused)),
    clicks(where, label) {
      const { message, data } = press(stage, where, label);
      return interact('component', channelOf(message.channelId), data, message);
    },
    submits(values) {
      const open = modals.of(person.id);
      if (open === undefined) throw new Error(`${person.name} has no dialog open.`);
      const data = submission(open.modal, values);
      modals.close(person.id);
      return interact('modal', open.from.channel, data, open.from.source);
    },
    closesModal: () => modals.close(person.id),
    says(text, place) {
      const channel = channelOf(place.channel);
      if (channel.archived && !channel.locked) state.changeThread(channel, { archived: false });
      const repliesTo = place.repliesTo?.id;
      const type = repliesTo === undefined ? MESSAGE_TYPE.default : MESSAGE_TYPE.reply;
      const given = { channelId: channel.id, authorId: person.id, content: written(text), repliesTo, type };
      const message = state.post(given);
      return createAct(stage, { channel, message, sinceId: message.id });
    },
    edits: (message, text) => state.edit(message, { content: written(text) }),
    deletes: (message) => state.remove(message),
    forges: (name, data) => gateway.dispatch({ name, data, intents: 0 }),
    sees: (channel) => transcript(channelOf(channel), state, { seenBy: person.id }),
    modal() {
      const open = modals.of(person.id);
      return open && shownModal(open.modal, state);
    },
    takesMessages(yes) {
      person.takesMessages = yes;
    },
    joins: (roleId) => void person.roles.add(roleId),
  };
}

/** `@name` as somebody types it; a name is of letters, digits, dots and hyphens here. */
function mentionOf(name: string): RegExp {
  return new RegExp(`@${name.replaceAll('.', '\\.')}\\b`, 'gi');
}
