// What runs lines in a box asks for: a job beside whatever is done to the box, and a box that runs.
import { jobOf, type Payload } from '../queue/queues.ts';
import { audit } from '../store/audit.ts';
import { insertJob, liveSideJobs } from '../store/jobs.ts';
import { type Block, command, fail, text } from '../threads/reply.ts';
import { DOING, type Held } from './box-jobs.ts';
import { refuseWhileBusy } from './busy.ts';
import type { CommandResult } from './command.ts';
import type { CommandContext } from './context.ts';
import { refuseInQuarantine } from './quarantined.ts';
import { Refusal } from './refusal.ts';
import { requestStart } from './start.ts';

/** That live in one box at once: others want to run theirs, too. */
const MOST_AT_ONCE = 3;

/** `prepare` has the box running by then, or refuses; it says what is to be said of that. */
export async function requestExec(
  context: CommandContext,
  held: Held,
  exec: NonNullable<Payload['exec']>,
  prepare: (context: CommandContext, held: Held) => Promise<Block[]>,
): Promise<CommandResult> {
  const { tx } = context;
  const { box } = held;
  await refuseInQuarantine(tx, 'Nothing was run');
  if ((await liveSideJobs(tx, box.id)).filter(({ kind }) => kind === 'exec').length >= MOST_AT_ONCE)
    throw new Refusal(fail(`${MOST_AT_ONCE} commands run or wait in ${box.name} already. Wait for one to end.`));
  const busy = { what: `Nothing was run in ${box.name}`, again: undefined };
  await refuseWhileBusy(tx, { kind: 'exec', accountId: box.accountId, provider: box.provider }, busy);
  const notes = await prepare(context, held);
  const wanted = jobOf('exec', 'command', { exec });
  const id = await insertJob(tx, { ...wanted, boxId: box.id, accountId: box.accountId });
  if (id === undefined) throw new Error('A job that lives beside others was not made.');
  context.wake({ id, queue: wanted.queue });
  const target = { box: box.id, job: id, command: context.commandId };
  await audit(tx, { actor: box.accountId, action: 'box.exec_requested', target });
  return { kind: 'job', jobId: id, boxId: box.id, notes };
}

/** Has a box started that does not run; what is to be said of that. Refuses where it is on its way down. */
export async function wakeUp({ tx, house, wake }: CommandContext, held: Held): Promise<Block[]> {
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
