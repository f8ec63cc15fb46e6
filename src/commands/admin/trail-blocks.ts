// How the way of a command is told to an operator: what arrived, what was made of it, and what was said.
import { exactTime } from '../../boxes/text.ts';
import type { Failure } from '../../store/failures.ts';
import type { Trail, TrailCommand, TrailJob } from '../../store/trail.ts';
import { type Block, command, duration, text } from '../../threads/reply.ts';

export interface Reader {
  now: Date;
  timeZone: string;
}

export function trailBlocks(trail: Trail, reader: Reader): Block[] {
  const at = (time: Date | null): string => (time === null ? '' : exactTime(time, reader.now, reader.timeZone));
  const { job, box, steps, messages, notices } = trail;
  return [
    ...trail.failures.map((failure) => text(failureText(failure, at(failure.at)))),
    ...trail.commands.map((one) => text(commandText(one, at))),
    ...(job === undefined ? [] : [text(jobText(job, at))]),
    ...table(
      ['begun', 'step', 'state', 'took'],
      steps.map((step) => [
        at(step.startedAt),
        step.label,
        step.state,
        step.tookMs === null ? '' : duration(step.tookMs),
      ]),
    ),
    ...table(
      ['message', 'state', 'door', 'sent', 'tries', 'at', 'id'],
      messages.map((one) => [
        one.kind,
        one.state,
        one.door,
        `${one.sent} of ${one.wanted}`,
        String(one.tries),
        at(one.sentAt ?? one.createdAt),
        one.id,
      ]),
    ),
    ...table(
      ['notice', 'state', 'doors tried', 'at'],
      notices.map((one) => [one.kind, one.state, one.tried.join(', '), at(one.createdAt)]),
    ),
    ...(box === undefined
      ? []
      : [
          text(
            `box ${box.id}: ${box.owner}/${box.name} at ${box.provider}, ${box.state}${box.state === box.desired ? '' : `, to be ${box.desired}`}, since ${at(box.stateSince)}`,
          ),
        ]),
    ...(job?.state === 'dead' || job?.state === 'failed' ? [command(`admin retry ${job.id}`)] : []),
  ];
}

function failureText({ id, kind, code, remedy }: Failure, at: string): string {
  return `failure ${id}: ${kind} ${code}, ${at}${remedy === null ? '' : `\nWhat to do: ${remedy}`}`;
}

type At = (time: Date | null) => string;

function commandText(one: TrailCommand, at: At): string {
  const place = one.door === null ? 'a door' : `${one.door}${one.tenant ? ` ${one.tenant}` : ''}`;
  const arrived =
    one.receivedAt === null
      ? `delivery ${one.deliveryId}: deleted since`
      : `delivery ${one.deliveryId}: by ${place}, written down and acknowledged ${at(one.receivedAt)}, ${one.processedAt === null ? 'not worked through' : `worked through ${at(one.processedAt)}`}`;
  const who = one.accountId === null ? 'somebody without an account' : `${one.who ?? ''} (${one.accountId})`;
  const verb = one.verb === '' ? 'not understood' : one.verb;
  const end =
    one.finishedAt === null
      ? 'not answered yet'
      : `answered ${at(one.finishedAt)}${one.receivedAt === null ? '' : `, ${spanText(one.receivedAt, one.finishedAt)} after it arrived`}`;
  return `${arrived}\ncommand ${one.id}: ${verb}, of ${who}, read ${at(one.createdAt)}, ${end}`;
}

function jobText(job: TrailJob, at: At): string {
  const { id, kind, state, tries, maxTries, losses, holder, errorCode } = job;
  return [
    `job ${id}: ${kind}, ${state}${errorCode === null ? '' : ` (${errorCode})`}, try ${tries} of ${maxTries}, ${losses} lost`,
    holder === null ? 'held by nobody' : `held by ${holder}`,
    `asked for ${at(job.createdAt)}`,
    job.startedAt === null
      ? 'not begun'
      : `begun ${at(job.startedAt)}, after ${spanText(job.createdAt, job.startedAt)}`,
    ...(state === 'queued' ? [`due ${at(job.runAt)}`] : []),
    ...(job.finishedAt === null ? [] : [`ended ${at(job.finishedAt)}`]),
  ].join(', ');
}

function spanText(from: Date, to: Date): string {
  return duration(Math.max(0, to.getTime() - from.getTime()));
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): Block[] {
  return rows.length === 0 ? [] : [{ kind: 'table', head, rows }];
}
