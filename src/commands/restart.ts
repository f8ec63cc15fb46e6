// restart: stops a box and starts it again, as one piece of work.
import { audit } from '../store/audit.ts';
import { holdByName, requestJob } from './box-jobs.ts';
import { refuseWhileBusy } from './busy.ts';
import { defineCommand } from './command.ts';
import { requestStart } from './start.ts';

export const restart = defineCommand({
  name: 'restart',
  aliases: [],
  summary: 'stop a box and start it again',
  details: 'Programs in the box end and /tmp is emptied; everything in the home stays. A stopped box is started.',
  examples: ['restart mybox'],
  params: { box: { kind: 'box', states: ['running', 'error'], about: 'its name' } },
  visibility: 'thread',
  audience: 'account',
  readOnly: false,
  async run(context, { box: name }) {
    const { tx, house, wake, commandId } = context;
    const held = await holdByName(context, name);
    const { box, job } = held;
    const { accountId, provider } = box;
    const runs = box.state === 'running' || job?.kind === 'restart';
    if (runs && job === undefined)
      await refuseWhileBusy(
        tx,
        { kind: 'restart', accountId, provider },
        {
          what: `${box.name} was not restarted`,
          again: `restart ${box.name}`,
        },
      );
    const jobId = runs
      ? await requestJob(tx, held, 'restart', 'command', wake)
      : await requestStart(tx, held, house, 'command', wake);
    await audit(tx, { actor: accountId, action: 'box.restart_requested', target: { box: box.id, command: commandId } });
    return { kind: 'job', jobId, boxId: box.id };
  },
});
