// start: brings a stopped box back, or tries again after an error.
import { connectBlocks, routeTo } from '../boxes/card.ts';
import { audit } from '../store/audit.ts';
import { reserve } from '../store/capacity.ts';
import { command, fail, say } from '../threads/reply.ts';
import { type Held, holdByName, requestJob } from './box-jobs.ts';
import { refuseWhileBusy } from './busy.ts';
import { defineCommand } from './command.ts';
import type { CommandContext, House } from './context.ts';
import { refuseWhileDraining } from './draining.ts';
import { Refusal } from './refusal.ts';

export const start = defineCommand({
  name: 'start',
  aliases: [],
  summary: 'start a stopped box',
  details:
    'Also tries again when a box is in error. Connecting to a stopped box through the SSH door starts it as well.',
  examples: ['start mybox'],
  params: { box: { kind: 'box', states: ['stopped', 'error'], about: 'its name' } },
  visibility: 'thread',
  audience: 'account',
  readOnly: false,
  async run(context, { box: name }) {
    const held = await holdByName(context, name);
    const { box } = held;
    if (box.state === 'running' && held.job === undefined) {
      const route = routeTo(box, context.house.gateway);
      return { kind: 'reply', reply: say(`${box.name} is running already.`, ...(route ? connectBlocks(route) : [])) };
    }
    const jobId = await requestStart(context.tx, held, context.house, 'command', context.wake);
    await audit(context.tx, {
      actor: box.accountId,
      action: 'box.start_requested',
      target: { box: box.id, command: context.commandId },
    });
    return { kind: 'job', jobId, boxId: box.id };
  },
});

/** The job that brings a box up: the spinup again when it never ran, else a start; reserves its memory. */
export async function requestStart(
  tx: CommandContext['tx'],
  held: Held,
  house: House,
  reason: 'command' | 'connection',
  wake: CommandContext['wake'],
): Promise<string> {
  const { box, job } = held;
  if (job?.kind === 'start' || job?.kind === 'spinup' || job?.kind === 'restart') return job.id;
  if (box.desired === 'destroyed') throw new Refusal(fail(`${box.name} is being destroyed.`));
  if (job === undefined) {
    await refuseWhileDraining(tx, `${box.name} was not started`);
    const { accountId, provider, name } = box;
    const refused = { what: `${name} was not started`, again: `start ${name}` };
    await refuseWhileBusy(tx, { kind: 'start', accountId, provider }, refused);
  }
  const provider = house.providers.find((one) => one.name === box.provider);
  if (job === undefined && !(await reserve(tx, box.id, box.provider, box.memoryMiB, provider?.memoryBudgetMiB))) {
    throw new Refusal(
      fail(
        `${box.name} was not started: the host has no room for its ${box.memoryMiB} MiB of memory now. Stop a box, or try again later.`,
        command('list'),
      ),
    );
  }
  return requestJob(tx, held, 'start', reason, wake);
}
