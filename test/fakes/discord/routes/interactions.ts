// The first answer to an interaction.
// Source: https://discord.com/developers/docs/interactions/receiving-and-responding#create-interaction-response
import { z } from 'zod';
import { modalSchema } from '../content.ts';
import { checkModal, FLAG } from '../content-check.ts';
import { type Answer, CALLBACK_TYPE, type Choice, type Interaction, type InteractionKind } from '../interactions.ts';
import { CHOICES_MAX } from '../limits.ts';
import { type DiscordMessage, MESSAGE_TYPE } from '../message.ts';
import { changeMessage, newMessage, readMessage } from '../posting.ts';
import { formError } from '../refusal.ts';
import { messageWire } from '../wire.ts';
import type { World } from '../world.ts';
import { done, ok, type Route, type RouteRequest } from './route.ts';

const callbackSchema = z.looseObject({ type: z.number().int(), data: z.unknown().optional() });
const choicesSchema = z.looseObject({
  choices: z.array(
    z.looseObject({ name: z.string().min(1).max(100), value: z.union([z.string().max(100), z.number()]) }),
  ),
});
const flagsSchema = z.looseObject({ flags: z.number().int().nullish() }).nullish();

const { message, deferredMessage, deferredUpdate, update, choices, modal } = CALLBACK_TYPE;
const ALLOWED: Record<InteractionKind, readonly number[]> = {
  command: [message, deferredMessage, modal],
  component: [message, deferredMessage, deferredUpdate, update, modal],
  autocomplete: [choices],
  modal: [message, deferredMessage, deferredUpdate, update],
};

/** Where an answer to this interaction goes, and who sees it. */
export function placeOf(interaction: Interaction, flags: number) {
  const isEphemeral = (flags & FLAG.ephemeral) !== 0;
  return {
    channelId: interaction.channel.id,
    interactionId: interaction.id,
    onlyFor: isEphemeral ? interaction.person.id : undefined,
    flags: flags & FLAG.ephemeral,
  };
}

function answerTo(interaction: Interaction, request: RouteRequest, world: World): Omit<Answer, 'tookMs'> {
  const { type, data } = callbackSchema.parse(request.body);
  const { state } = world;
  if (!ALLOWED[interaction.kind].includes(type) || (isOnMessage(type) && interaction.source === undefined))
    throw formError('type', 'UNION_TYPE_CHOICES', `Callback type ${type} does not go with this interaction.`);
  switch (type) {
    case message: {
      const body = readMessage(data);
      const place = placeOf(interaction, body.flags ?? 0);
      const made = newMessage(world, body, request.files, { ...place, type: MESSAGE_TYPE.command });
      return { type, original: state.post(made) };
    }
    case deferredMessage: {
      const place = placeOf(interaction, flagsSchema.parse(data)?.flags ?? 0);
      const flags = place.flags | FLAG.loading;
      return { type, original: state.post({ ...place, flags, authorId: world.app.id, type: MESSAGE_TYPE.command }) };
    }
    case update:
      if (interaction.source !== undefined) changeMessage(world, interaction.source, readMessage(data), request.files);
      return { type, original: interaction.source };
    case choices:
      return { type, choices: choicesOf(data) };
    case modal: {
      const read = modalSchema.safeParse(data);
      if (!read.success) throw formError('data', 'MODEL_TYPE_CONVERT', read.error.issues[0]?.message ?? 'does not fit');
      checkModal(read.data);
      world.modals.open(interaction, read.data);
      return { type, modal: read.data };
    }
    default:
      return { type, original: interaction.source };
  }
}

const isOnMessage = (type: number) => type === update || type === deferredUpdate;

function choicesOf(data: unknown): readonly Choice[] {
  const read = choicesSchema.safeParse(data);
  if (!read.success)
    throw formError('data.choices', 'BASE_TYPE_BAD_LENGTH', read.error.issues[0]?.message ?? 'bad choice');
  if (read.data.choices.length > CHOICES_MAX)
    throw formError('data.choices', 'BASE_TYPE_BAD_LENGTH', `Must be between 0 and ${CHOICES_MAX} in length.`);
  return read.data.choices;
}

export const interactionRoutes: readonly Route[] = [
  {
    name: 'POST /interactions/{interaction_id}/{interaction_token}/callback',
    token: 'path',
    run(request, world) {
      const interaction = world.interactions.answer(
        request.param('interaction_id'),
        request.param('interaction_token'),
        (waiting) => answerTo(waiting, request, world),
      );
      if (request.query.get('with_response') !== 'true') return done;
      return ok(responseWire(interaction, world));
    },
  },
];

function responseWire({ id, kind, answer }: Interaction, world: World): object {
  const original: DiscordMessage | undefined = answer?.original;
  const type = { command: 2, component: 3, autocomplete: 4, modal: 5 }[kind];
  const wire = original === undefined ? {} : { message: messageWire(original, world.state, world.app) };
  const ids = original === undefined ? {} : { response_message_id: original.id };
  const state = {
    response_message_loading: answer?.type === deferredMessage,
    response_message_ephemeral: original?.onlyFor !== undefined,
  };
  return { interaction: { id, type, ...ids, ...state }, resource: { type: answer?.type, ...wire } };
}
