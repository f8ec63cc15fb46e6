// What is done to a box right now: its place in the line, or for how long it is worked on, and how long that usually takes.
import { describeWhen } from '../boxes/text.ts';
import type { Box } from '../store/boxes.ts';
import { openCircuits } from '../store/circuits.ts';
import type { Job, MainKind } from '../store/jobs.ts';
import { jobsAhead, usualDuration } from '../store/waiting.ts';
import { duration } from '../threads/reply.ts';
import { aheadText, silentText, usualText } from '../threads/waiting.ts';
import { DOING } from './box-jobs.ts';
import { type CommandContext, titleOf } from './context.ts';

/** Whether something is being done, or waits to be. */
export function isLive<J extends Job>(job: J | undefined): job is J {
  return job?.state === 'queued' || job?.state === 'running';
}

/** `Waiting to be made: 2 ahead of yours, usually 38 s, slow days 55 s.`, `It is starting, for 12 s now.` */
export async function underWay(
  { tx, now, account, house }: CommandContext,
  box: Box,
  job: Job & { kind: MainKind },
): Promise<string> {
  const usual = await usualDuration(tx, job.kind, box.provider);
  const hint = usual === undefined ? '' : `, ${usualText(usual)}`;
  if (job.state === 'running') {
    const since = job.startedAt === null ? 0 : now.getTime() - job.startedAt.getTime();
    return `It is ${DOING[job.kind]}, for ${duration(Math.max(0, since))} now${hint}.`;
  }
  const verb = job.kind === 'spinup' ? 'be made' : job.kind;
  const silent = (await openCircuits(tx)).find(({ provider, waits }) => provider === box.provider && waits);
  if (silent !== undefined) {
    const since = describeWhen(silent.since, now, account?.timeZone ?? house.defaultTimeZone);
    return `Waiting to ${verb}: ${silentText(titleOf(house, box), since)}.`;
  }
  const ahead = await jobsAhead(tx, job.id);
  return ahead === undefined
    ? `Waiting to ${verb}: it is tried again soon${hint}.`
    : `Waiting to ${verb}: ${aheadText(ahead)}${hint}.`;
}
