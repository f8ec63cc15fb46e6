// exec: runs a line in a box and tells in the thread what it printed and how it ended.
import { jobOf } from '../queue/queues.ts';
import { audit } from '../store/audit.ts';
import { insertJob, liveSideJobs } from '../store/jobs.ts';
import { type Block, command, fail, text } from '../threads/reply.ts';
import { DOING, type Held, holdByName } from './box-jobs.ts';
import { refuseWhileBusy } from './busy.ts';
import { defineCommand } from './command.ts';
import type { CommandContext } from './context.ts';
import { refuseInQuarantine } from './quarantined.ts';
import { Refusal } from './refusal.ts';
import { requestStart } from './start.ts';

const DEFAULT_MINUTES = 10;
const MOST_MINUTES = 60;
/** That live in one box at once: others want to run theirs, too. */
const MOST_AT_ONCE = 3;

export const exec = defineCommand({
  name: 'exec',
  aliases: [],
  summary: 'run a command in a box and show what it prints',
  details: `A stopped box is started first. It runs with your box's own shell, in the home, and reads nothing. It is ended after ${DEFAULT_MINUTES} minutes unless --minutes says otherwise; of much output the beginning and the end are shown. What lasts longer belongs in a session of its own: \`ssh\` and tmux.`,
  examples: ['exec mybox -- make test', 'exec mybox --minutes 30 -- ./build.sh > build.log 2>&1'],
  params: {
    box: { kind: 'box', states: ['running', 'stopped'], about: 'its name' },
    command: { kind: 'text', required: true, afterDashes: true, about: 'what to run, best behind --' },
    minutes: { kind: 'count', flag: true, minimum: 1, maximum: MOST_MINUTES, about: 'after how many it is ended' },
  },
  visibility: 'thread',
  audience: 'account',
  readOnly: false,
  async run(context, { box: name, command: line, minutes = DEFAULT_MINUTES }) {
    const { tx } = context;
    const held = await holdByName(context, name);
    const { box } = held;
    await refuseInQuarantine(tx, 'Nothing was run');
    if ((await liveSideJobs(tx, box.id)).filter(({ kind }) => kind === 'exec').length >= MOST_AT_ONCE)
      throw new Refusal(fail(`${MOST_AT_ONCE} commands run or wait in ${box.name} already. Wait for one to end.`));
    const busy = { what: `Nothing was run in ${box.name}`, again: undefined };
    await refuseWhileBusy(tx, { kind: 'exec', accountId: box.accountId, provider: box.provider }, busy);
    const notes = await wakeUp(context, held);
    const wanted = jobOf('exec', 'command', { exec: { line, minutes } });
    const id = await insertJob(tx, { ...wanted, boxId: box.id, accountId: box.accountId });
    if (id === undefined) throw new Error('A job that lives beside others was not made.');
    context.wake({ id, queue: wanted.queue });
    const target = { box: box.id, job: id, command: context.commandId };
    await audit(tx, { actor: box.accountId, action: 'box.exec_requested', target });
    return { kind: 'job', jobId: id, boxId: box.id, notes };
  },
});

/** Has a box started that does not run; what is to be said of that. Refuses where it is on its way down. */
async function wakeUp({ tx, house, wake }: CommandContext, held: Held): Promise<Block[]> {
  const { box, job } = held;
  if (job?.kind === 'stop' || job?.kind === 'destroy' || box.desired === 'destroyed')
    throw new Refusal(
      fail(`${box.name} is ${DOING[job?.kind ?? 'destroy']}; nothing was run in it.`, command(`info ${box.name}`)),
    );
  if (box.state === 'running' && job === undefined) return [];
  if (job === undefined) await requestStart(tx, held, house, 'command', wake);
  return [
    text(`${box.name} is ${job === undefined ? box.state : DOING[job.kind]}. Your command runs as soon as it is up.`),
  ];
}
