// Later answers to an interaction, by its token: the first answer edited, and more messages.
// Source: https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages
import { FLAG } from '../content-check.ts';
import type { Answer, Interaction } from '../interactions.ts';
import { type DiscordMessage, isLoading, MESSAGE_TYPE } from '../message.ts';
import { changeMessage, newMessage, readMessage } from '../posting.ts';
import { DiscordRefusal } from '../refusal.ts';
import { messageWire } from '../wire.ts';
import type { World } from '../world.ts';
import { placeOf } from './interactions.ts';
import { done, ok, type Route, type RouteRequest } from './route.ts';

const ONE = '/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}';
const ORIGINAL = '/webhooks/{webhook_id}/{webhook_token}/messages/@original';

function interactionOf(request: RouteRequest, world: World): Interaction & { answer: Answer } {
  return world.interactions.byToken(request.param('webhook_id'), request.param('webhook_token'));
}

function originalOf(request: RouteRequest, world: World): DiscordMessage {
  const { original } = interactionOf(request, world).answer;
  if (original === undefined || original.deleted) throw new DiscordRefusal('unknown message');
  return original;
}

function followUpOf(request: RouteRequest, world: World): DiscordMessage {
  const interaction = interactionOf(request, world);
  const message = world.state.find(interaction.channel, request.param('message_id'));
  if (message?.interactionId !== interaction.id) throw new DiscordRefusal('unknown message');
  return message;
}

function followUp(request: RouteRequest, world: World) {
  const interaction = interactionOf(request, world);
  const { original } = interaction.answer;
  const body = readMessage(request.body);
  if (original !== undefined && !original.deleted && isLoading(original)) {
    // The first follow-up takes the place of what was deferred, seen by whom the defer said.
    changeMessage(world, original, { ...body, flags: (body.flags ?? 0) & ~FLAG.ephemeral }, request.files);
    return ok(messageWire(original, world.state, world.app));
  }
  const place = placeOf(interaction, body.flags ?? 0);
  const repliesTo = original?.id;
  const made = newMessage(world, body, request.files, { ...place, repliesTo, type: MESSAGE_TYPE.reply });
  return ok(messageWire(world.state.post(made), world.state, world.app));
}

function family(pattern: string, find: (request: RouteRequest, world: World) => DiscordMessage): readonly Route[] {
  return [
    {
      name: `GET ${pattern}`,
      token: 'path',
      run: (request, world) => ok(messageWire(find(request, world), world.state, world.app)),
    },
    {
      name: `PATCH ${pattern}`,
      token: 'path',
      run(request, world) {
        const body = readMessage(request.body);
        const message = find(request, world);
        changeMessage(world, message, body, request.files);
        return ok(messageWire(message, world.state, world.app));
      },
    },
    {
      name: `DELETE ${pattern}`,
      token: 'path',
      run(request, world) {
        world.state.remove(find(request, world));
        return done;
      },
    },
  ];
}

export const webhookRoutes: readonly Route[] = [
  { name: 'POST /webhooks/{webhook_id}/{webhook_token}', token: 'path', run: followUp },
  ...family(ORIGINAL, originalOf),
  ...family(ONE, followUpOf),
];
