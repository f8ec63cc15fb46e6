// Tells chat doors what they may show of the house, from the commands' declarations and the database.
import type { ChatHouse, OwnBox } from '../bots/chat-house.ts';
import { expectedStop, stopsSoon } from '../boxes/planned-stop.ts';
import { describeSize } from '../boxes/sizes.ts';
import { formsOf } from '../commands/forms.ts';
import { COMMANDS } from '../commands/registry.ts';
import { accountOf } from '../store/accounts.ts';
import { type Box, liveBoxes } from '../store/boxes.ts';
import type { HouseServices } from './house.ts';

const MORE_MS = 4 * 3_600_000;

export function createChatHouse({ db, now, house }: Pick<HouseServices, 'db' | 'now' | 'house'>): ChatHouse {
  function attentionOf(box: Box): OwnBox['attention'] {
    const text = stopsSoon(box, now(), house.idle);
    const stop = expectedStop(box, now(), house.idle);
    if (text === undefined || stop === undefined) return undefined;
    return { text, more: `extend ${box.id} until ${new Date(stop.getTime() + MORE_MS).toISOString()}` };
  }
  return {
    forms: formsOf(COMMANDS),
    async boxesOf(who) {
      const account = await accountOf(db.tx, who);
      const boxes = account === undefined ? [] : await liveBoxes(db.tx, account.id);
      return boxes.map((box) => ({
        id: box.id,
        name: box.name,
        state: box.state,
        since: box.stateSince,
        size: describeSize(box),
        attention: attentionOf(box),
      }));
    },
  };
}
