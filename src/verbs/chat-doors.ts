// The chat doors that the configuration turns on.
import type { Door } from '../bots/door.ts';
import { createSlackDoor } from '../bots/slack/slack.ts';
import type { Config } from '../config.ts';
import { createChatHouse } from '../roles/chat-house.ts';
import type { HouseServices } from '../roles/house.ts';

export function chatDoors({ slack }: Config, { db, now, logger }: HouseServices): Door[] {
  const house = createChatHouse(db);
  return slack === undefined ? [] : [createSlackDoor({ ...slack, house, now, logger })];
}
