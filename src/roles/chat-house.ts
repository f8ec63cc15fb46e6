// Tells chat doors what they may show of the house, from the commands' declarations and the database.
import type { ChatHouse } from '../bots/chat-house.ts';
import { stopsSoon } from '../boxes/planned-stop.ts';
import { describeSize } from '../boxes/sizes.ts';
import { formsOf } from '../commands/forms.ts';
import { COMMANDS } from '../commands/registry.ts';
import { accountOf } from '../store/accounts.ts';
import { liveBoxes } from '../store/boxes.ts';
import type { Database } from '../store/database.ts';

export function createChatHouse(db: Database): ChatHouse {
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
        attention: stopsSoon(box, new Date()),
      }));
    },
  };
}
