// logs: what was last done to a box, step by step, and results that could not be delivered; or the end of a log in the box.
import { boxLine, timeText } from '../boxes/text.ts';
import { type JobState, lastJob } from '../store/jobs.ts';
import { type KeptMessage, takeKept } from '../store/kept-messages.ts';
import { stepsOf } from '../store/steps.ts';
import { failureLine } from '../threads/failure.ts';
import { type Block, command, duration, fail, misuse, replyOf, STEP_SIGN, say, text } from '../threads/reply.ts';
import { findByName, holdByName } from './box-jobs.ts';
import { type CommandResult, defineCommand } from './command.ts';
import type { CommandContext } from './context.ts';
import { requestExec } from './exec-request.ts';
import { failureBlocks } from './failure-blocks.ts';
import { Refusal } from './refusal.ts';

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
  details: 'With --file, the last lines of a log in the box itself, which has to run.',
  examples: ['logs mybox', 'logs mybox --file /var/log/apt/history.log'],
  params: {
    box: { kind: 'box', about: 'its name' },
    file: { kind: 'word', flag: true, about: 'a file under /var/log in the box' },
  },
  visibility: 'private',
  audience: 'account',
  readOnly: false,
  async run(context, { box: name, file }) {
    if (file !== undefined) return endOf(context, name, file);
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

/** Its words go into a line for the box's shell, so they are plain ones. */
const LOG_FILE = /^\/var\/log(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._@+-]+)+$/;
const LINES = 100;
const MINUTES = 1;

async function endOf(context: CommandContext, name: string, file: string): Promise<CommandResult> {
  if (!LOG_FILE.test(file))
    throw new Refusal(
      misuse(
        'That is no file under /var/log. Other files are shown by:',
        command(`exec ${name} -- tail ${example(file)}`),
      ),
    );
  const held = await holdByName(context, name);
  const tail = `tail -n ${LINES} ${file}`;
  // Some logs are for the box's root alone.
  const line = `${tail} 2>/dev/null || sudo -n ${tail}`;
  const title = `the end of ${file}`;
  return requestExec(context, held, { line, minutes: MINUTES, title }, async (_, { box }) => {
    if (box.state === 'running') return [];
    throw new Refusal(fail(`${boxLine(box)}: its own logs can be read while it runs.`, command(`start ${box.name}`)));
  });
}

/** The file that was meant, unless a shell would make more of it than a name. */
function example(file: string): string {
  return /^[\w/][\w/.@+-]*$/.test(file) ? file : '/etc/os-release';
}

function keptBlocks({ body, failure }: KeptMessage): Block[] {
  return [...replyOf(body).blocks, ...(failure === null ? [] : [text(failureLine(failure))])];
}
