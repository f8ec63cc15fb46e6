// logs: what was last done to a box, step by step, and results that could not be delivered.
import { boxLine, timeText } from '../boxes/text.ts';
import { type JobState, lastJob } from '../store/jobs.ts';
import { type KeptMessage, takeKept } from '../store/kept-messages.ts';
import { stepsOf } from '../store/steps.ts';
import { failureLine } from '../threads/failure.ts';
import { type Block, duration, fail, replyOf, STEP_SIGN, say, text } from '../threads/reply.ts';
import { findByName } from './box-jobs.ts';
import { defineCommand } from './command.ts';
import { failureBlocks } from './failure-blocks.ts';

/** How far a job is, for people. */
const HOW_FAR = {
  queued: 'waiting for its turn',
  running: 'under way',
  cancelling: 'being cancelled',
  succeeded: 'succeeded',
  failed: 'failed',
  dead: 'failed, and given up after several tries',
  cancelled: 'cancelled',
} as const satisfies Record<JobState, string>;
const MOST_KEPT = 10;

export const logs = defineCommand({
  name: 'logs',
  aliases: [],
  summary: 'what was last done to a box',
  examples: ['logs mybox'],
  params: { box: { kind: 'box', about: 'its name' } },
  visibility: 'private',
  audience: 'account',
  readOnly: false,
  async run(context, { box: name }) {
    const box = await findByName(context, name);
    const account = context.account;
    const job = await lastJob(context.tx, box.id);
    if (job === undefined || account === undefined)
      return { kind: 'reply', reply: fail(`Nothing was done to ${box.name} yet.`) };
    const steps = await stepsOf(context.tx, job.id);
    const blocks: Block[] = [
      text(
        `${boxLine(box)}. Last: ${job.kind}, ${HOW_FAR[job.state]}, ${timeText(job.createdAt, context.now, account.timeZone)}`,
      ),
    ];
    if (steps.length > 0) {
      blocks.push({
        kind: 'table',
        head: [],
        rows: steps.map((step) => [
          `${STEP_SIGN[step.state]} ${step.label}`,
          step.tookMs === undefined ? '' : duration(step.tookMs),
        ]),
      });
    }
    if (job.errorText !== null) blocks.push(text(job.errorText), ...(await failureBlocks(context.tx, job)));
    const kept = await takeKept(context.tx, account.id, MOST_KEPT);
    if (kept.length > 0) blocks.push(text('While you were away:'), ...kept.flatMap(keptBlocks));
    return { kind: 'reply', reply: say(...blocks) };
  },
});

function keptBlocks({ body, failure }: KeptMessage): Block[] {
  return [...replyOf(body).blocks, ...(failure === null ? [] : [text(failureLine(failure))])];
}
