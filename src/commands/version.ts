// version: which Shellbox this is.
import { say } from '../threads/reply.ts';
import { defineCommand } from './command.ts';

export const version = defineCommand({
  name: 'version',
  aliases: ['--version'],
  summary: 'which Shellbox this is',
  examples: ['version'],
  params: {},
  visibility: 'private',
  audience: 'key',
  readOnly: true,
  async run(context) {
    return { kind: 'reply', reply: say(`Shellbox ${context.house.version}`) };
  },
});
