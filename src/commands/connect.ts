// connect: how to reach a box.
import { connectBlocks, routeTo } from '../boxes/card.ts';
import { boxLine } from '../boxes/text.ts';
import { command, fail, say } from '../threads/reply.ts';
import { defineBoxView } from './box-view.ts';

export const connect = defineBoxView({
  name: 'connect',
  aliases: ['ssh'],
  summary: 'the line that logs you in to a box',
  show(context, box) {
    const { gateway } = context.house;
    const route = routeTo(box, gateway);
    if (route !== undefined && (box.state === 'running' || gateway.isPublic)) {
      const note = box.state === 'running' ? [] : [`${boxLine(box)}; connecting starts it.`];
      return say(...note, ...connectBlocks(route));
    }
    return fail(`${boxLine(box)}. To start it:`, command(`start ${box.name}`));
  },
});
