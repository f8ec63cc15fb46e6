// Interactions under way: what a person asked for, until when the app may answer, and what it answered.
// Source: https://discord.com/developers/docs/interactions/receiving-and-responding
import { randomBytes } from 'node:crypto';
import type { Modal } from './content.ts';
import { TOKEN_LIFE_MS } from './limits.ts';
import type { DiscordMessage } from './message.ts';
import { DiscordRefusal } from './refusal.ts';
import type { Channel, Person, State } from './state.ts';

export const INTERACTION_TYPE = { command: 2, component: 3, autocomplete: 4, modal: 5 } as const;
export type InteractionKind = keyof typeof INTERACTION_TYPE;

export const CALLBACK_TYPE = {
  pong: 1,
  message: 4,
  deferredMessage: 5,
  deferredUpdate: 6,
  update: 7,
  choices: 8,
  modal: 9,
} as const;

export interface Choice {
  name: string;
  value: string | number;
}

export interface Answer {
  type: number;
  /** How long the app took, in real time. */
  tookMs: number;
  /** What `@original` names: the answer, or the message that was clicked. */
  original?: DiscordMessage | undefined;
  choices?: readonly Choice[];
  modal?: Modal;
}

export interface Interaction {
  readonly id: string;
  readonly token: string;
  readonly kind: InteractionKind;
  readonly person: Person;
  readonly channel: Channel;
  /** The message that was clicked, or from which the modal came. */
  readonly source: DiscordMessage | undefined;
  /** On the clock of Discord. */
  readonly createdMs: number;
  /** Undefined until the app answered, and for ever when it did not in time. */
  answer: Answer | undefined;
  /** Resolves with the answer, or undefined after the deadline. */
  readonly settled: Promise<Answer | undefined>;
}

export interface Interactions {
  start(given: Pick<Interaction, 'kind' | 'person' | 'channel' | 'source'>): Interaction;
  /** Takes the answer. Throws when it is unknown, too late, or answered already. */
  answer(id: string, token: string, make: (interaction: Interaction) => Omit<Answer, 'tookMs'>): Interaction;
  /** For follow-ups and edits. Throws when the token is unknown, dead or not yet answered. */
  byToken(applicationId: string, token: string): Interaction & { answer: Answer };
  all(): readonly Interaction[];
  close(): void;
}

export function createInteractions(state: State, appId: string, answerDeadlineMs: number): Interactions {
  const open = new Map<
    string,
    { interaction: Interaction; settle: (answer: Answer | undefined) => void; startedMs: number }
  >();
  const all: Interaction[] = [];

  const isDead = ({ createdMs }: Interaction) => state.now() - createdMs > TOKEN_LIFE_MS;

  return {
    start(given) {
      const { promise, resolve } = Promise.withResolvers<Answer | undefined>();
      const timer = setTimeout(() => settle(undefined), answerDeadlineMs);
      const token = randomBytes(48).toString('base64url');
      const settled = promise;
      const interaction: Interaction = {
        ...given,
        id: state.nextId(),
        token,
        createdMs: state.now(),
        answer: undefined,
        settled,
      };
      const settle = (answer: Answer | undefined) => {
        clearTimeout(timer);
        open.delete(interaction.id);
        interaction.answer = answer;
        resolve(answer);
      };
      open.set(interaction.id, { interaction, settle, startedMs: performance.now() });
      all.push(interaction);
      return interaction;
    },
    answer(id, token, make) {
      const known = all.find((one) => one.id === id && one.token === token);
      if (known?.answer !== undefined) throw new DiscordRefusal('already acknowledged');
      const waiting = open.get(id);
      if (known === undefined || waiting === undefined) throw new DiscordRefusal('unknown interaction');
      waiting.settle({ ...make(known), tookMs: performance.now() - waiting.startedMs });
      return known;
    },
    byToken(applicationId, token) {
      const known = all.find((one) => one.token === token);
      if (known === undefined || applicationId !== appId || isDead(known))
        throw new DiscordRefusal('invalid webhook token');
      const { answer } = known;
      if (answer === undefined) throw new DiscordRefusal('unknown webhook');
      return { ...known, answer };
    },
    all: () => all,
    close() {
      for (const { settle } of [...open.values()]) settle(undefined);
    },
  };
}
