// The chat doors that the configuration turns on.
import { createDiscordDoor } from '../bots/discord/discord.ts';
import type { Door } from '../bots/door.ts';
import { createSlackDoor } from '../bots/slack/slack.ts';
import type { Config } from '../config.ts';
import { createChatHouse } from '../roles/chat-house.ts';
import type { HouseServices } from '../roles/house.ts';

export function chatDoors({ slack, discord }: Config, services: HouseServices): Door[] {
  const { db, now, logger, processId } = services;
  const house = createChatHouse(services);
  return [
    ...(slack === undefined ? [] : [createSlackDoor({ ...slack, house, now, logger })]),
    ...(discord === undefined ? [] : [createDiscordDoor({ ...discord, house, db, holder: processId, now, logger })]),
  ];
}
