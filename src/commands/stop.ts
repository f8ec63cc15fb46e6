// stop: ends what runs in a box and keeps its home.
import { audit } from '../store/audit.ts';
import { command, say } from '../threads/reply.ts';
import { holdByName, requestJob } from './box-jobs.ts';
import { defineCommand } from './command.ts';

export const stop = defineCommand({
  name: 'stop',
  aliases: [],
  summary: 'stop a box; its home is kept',
  details: 'Programs in the box end and /tmp is emptied; everything in the home stays.',
  examples: ['stop mybox'],
  params: { box: { kind: 'box', states: ['running'], about: 'its name' } },
  visibility: 'thread',
  audience: 'account',
  readOnly: false,
  async run(context, { box: name }) {
    const held = await holdByName(context, name);
    const { box } = held;
    if (box.state === 'stopped' && held.job === undefined) {
      return {
        kind: 'reply',
        reply: say(`${box.name} is stopped already. Its home is kept.`, command(`start ${box.name}`)),
      };
    }
    const jobId = await requestJob(context.tx, held, 'stop', 'command', context.wake);
    await audit(context.tx, {
      actor: box.accountId,
      action: 'box.stop_requested',
      target: { box: box.id, command: context.commandId },
    });
    return { kind: 'job', jobId, boxId: box.id };
  },
});
