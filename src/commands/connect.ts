// connect: how to reach a box.
import { connectBlocks, routeTo } from '../boxes/card.ts';
import { boxLine } from '../boxes/text.ts';
import { command, fail, say } from '../threads/reply.ts';
import { findByName } from './box-jobs.ts';
import { defineCommand } from './command.ts';

export const connect = defineCommand({
  name: 'connect',
  aliases: ['ssh'],
  summary: 'the line that logs you in to a box',
  examples: ['connect mybox'],
  params: { box: { kind: 'box', about: 'its name' } },
  visibility: 'private',
  audience: 'account',
  readOnly: true,
  async run(context, { box: name }) {
    const box = await findByName(context, name);
    const route = routeTo(box, context.house.gateway);
    if (route !== undefined && (box.state === 'running' || context.house.gateway.isPublic)) {
      const note = box.state === 'running' ? [] : [`${boxLine(box)}; connecting starts it.`];
      return { kind: 'reply', reply: say(...note, ...connectBlocks(route)) };
    }
    return { kind: 'reply', reply: fail(`${boxLine(box)}. To start it:`, command(`start ${box.name}`)) };
  },
});
