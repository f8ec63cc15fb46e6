// One thing that a person did: whether the app answered it, and what people see of it now.
import type { Choice, Interaction } from './interactions.ts';
import { type DiscordMessage, MESSAGE_TYPE } from './message.ts';
import { shownMessage, shownModal } from './rendering.ts';
import { compareSnowflakes } from './snowflakes.ts';
import type { PersonOnStage } from './stage.ts';
import { type Channel, isVisibleTo } from './state.ts';

export interface Acknowledgement {
  /** Answered in time; true for what needs no answer. */
  ok: boolean;
  /** The type of the answer: 4 message, 5 deferred, 6 deferred update, 7 update, 8 choices, 9 modal. */
  type: number | undefined;
  /** Nobody else sees the answer. */
  ephemeral: boolean;
  tookMs: number;
}

export interface Act {
  /** Undefined for messages. */
  readonly interaction: Interaction | undefined;
  /** What the person wrote; undefined for interactions. */
  readonly message: DiscordMessage | undefined;
  /** Resolves when the app answered, or the deadline went by. */
  acknowledged(): Promise<Acknowledgement>;
  /** What autocompletion offered; undefined until then. */
  choices(): readonly Choice[] | undefined;
  /**
   * What this person sees of it, in present form: what the app has written since in the same channel and in threads begun
   * there since, in their direct messages, in a dialog, and what Discord says itself.
   */
  shown(personId: string): string;
  /** The message that answers the interaction: what `@original` names. */
  original(): DiscordMessage | undefined;
}

export interface ActOptions {
  channel: Channel;
  interaction?: Interaction;
  message?: DiscordMessage;
  /** The act's own time at Discord. */
  sinceId: string;
}

export const NO_ANSWER = 'The application did not respond';

export function createAct(stage: PersonOnStage, options: ActOptions): Act {
  const { interaction, message } = options;
  let failed = false;
  const settled = interaction?.settled.then((answer) => {
    failed = answer === undefined;
    return answer;
  });
  return {
    interaction,
    message,
    async acknowledged() {
      const answer = await settled;
      if (interaction === undefined) return { ok: true, type: undefined, ephemeral: false, tookMs: 0 };
      const ephemeral = answer?.original?.onlyFor !== undefined;
      return { ok: answer !== undefined, type: answer?.type, ephemeral, tookMs: answer?.tookMs ?? 0 };
    },
    choices: () => interaction?.answer?.choices,
    shown: (personId) => shownOf(stage, options, personId, failed).join('\n'),
    original: () => interaction?.answer?.original,
  };
}

function shownOf({ world, person }: PersonOnStage, options: ActOptions, personId: string, failed: boolean): string[] {
  const { state, modals, app } = world;
  const { channel, sinceId, interaction } = options;
  const dm = state.openDm(personId);
  const threads = state
    .channels()
    .filter(({ id, parentId }) => parentId === channel.id && compareSnowflakes(id, sinceId) >= 0);
  const channels = [channel, ...threads, ...(dm === channel ? [] : [dm])];
  const isOf = (message: DiscordMessage) =>
    message.authorId === app.id &&
    message.type !== MESSAGE_TYPE.threadStarter &&
    isVisibleTo(message, personId) &&
    (message === interaction?.source || compareSnowflakes(message.id, sinceId) > 0);
  const modal = modals.of(personId);
  return [
    ...channels.flatMap((one) =>
      one.messages.filter(isOf).map((message) => {
        const only = message.onlyFor === undefined ? '' : `(only ${state.person(personId)?.name} sees) `;
        return `${only}${shownMessage(message, state)}`;
      }),
    ),
    ...(modal === undefined ? [] : [shownModal(modal.modal, state)]),
    ...(failed && personId === person.id ? [NO_ANSWER] : []),
  ];
}
