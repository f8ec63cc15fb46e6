// admin retry: asks once more for what a job that failed for good was to do.
import { z } from 'zod';
import { BOX_ID_PATTERN, lowerCase } from '../../boxes/names.ts';
import { accountById } from '../../store/accounts.ts';
import { audit } from '../../store/audit.ts';
import { isMain, jobById, lastJob } from '../../store/jobs.ts';
import { command, fail, misuse, say } from '../../threads/reply.ts';
import { shown } from '../../threads/shown.ts';
import { hold, requestJob } from '../box-jobs.ts';
import { type CommandResult, defineCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { Refusal } from '../refusal.ts';
import { requestStart } from '../start.ts';
import { atOnceOrAsk } from './asking.ts';
import { gone } from './who.ts';

export const adminRetry = defineCommand({
  name: 'admin retry',
  aliases: [],
  summary: 'try again what a dead job was to do',
  details: 'A new job is made for its box, unless the box is gone or something else is done to it now.',
  examples: ['admin retry 019aa1f0-5d2e-7c51-8f3a-0c9a4d2f7b11'],
  params: { job: { kind: 'word', required: true, about: 'its id from `admin jobs --dead`' } },
  visibility: 'private',
  audience: 'admin',
  readOnly: false,
  async run(context, { job: typed }) {
    const id = lowerCase(typed);
    const job = BOX_ID_PATTERN.test(id) ? await jobById(context.tx, id) : undefined;
    if (job === undefined)
      throw new Refusal(misuse(`No job is meant by "${shown(typed)}". Those that died:`, command('admin jobs --dead')));
    if (!isMain(job.kind))
      throw new Refusal(fail(`What was run in a box is not run again: whoever typed it decides that.`));
    if (job.state !== 'dead' && job.state !== 'failed')
      throw new Refusal(fail(`That job is ${job.state}; there is nothing to try again.`));
    const target = { job: job.id };
    const what = `Its ${job.kind} is tried again.`;
    return atOnceOrAsk(context, { action: 'admin retry', target, what, label: `Try the ${job.kind} again` }, () =>
      retry(context, target),
    );
  },
});

const targetSchema = z.object({ job: z.uuid() });

/** What `confirm` does with a code that was given out here. */
export async function retry(context: CommandContext, target: unknown): Promise<CommandResult> {
  const { tx, house, wake, account, commandId } = context;
  const dead = (await jobById(tx, targetSchema.parse(target).job)) ?? gone();
  const held = (await hold(tx, dead.boxId, wake)) ?? gone();
  const owner = await accountById(tx, held.box.accountId);
  const { kind } = dead;
  if (!isMain(kind)) return gone();
  const brings = kind === 'spinup' || kind === 'start' || kind === 'restart';
  if (brings && held.box.state === 'running' && held.job === undefined)
    return { kind: 'reply', reply: say(`${held.box.name} runs already.`) };
  if ((await lastJob(tx, dead.boxId))?.id !== dead.id)
    throw new Refusal(fail(`Something else was done to ${held.box.name} since; that job is not tried again.`));
  if (brings && owner?.suspendedAt !== undefined)
    throw new Refusal(fail(`${owner.name} is suspended; nothing of theirs is started.`));
  const id = brings
    ? await requestStart(tx, held, house, 'command', wake)
    : await requestJob(tx, held, kind, 'command', wake);
  await audit(tx, {
    actor: account?.id ?? '',
    action: 'job.retried',
    target: { job: dead.id, again: id, box: held.box.id, command: commandId },
  });
  return {
    kind: 'reply',
    reply: say(`✓ ${held.box.name}: ${dead.kind} is tried again. How far:`, command('admin jobs')),
  };
}
