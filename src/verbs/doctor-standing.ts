// doctor's look at what was left standing: work that nobody does, answers that do not go out, boxes that are not where they should be.

import type { Secret } from '../secret.ts';
import { openDatabase } from '../store/database.ts';
import { lookForStanding, type Patience, type Standing } from '../store/standing.ts';
import { duration } from '../threads/reply.ts';
import { shown } from '../threads/shown.ts';
import type { Finding } from './finding.ts';

/** Each is several times what it takes when all is well. */
const PATIENCE: Patience = {
  dueSeconds: 120,
  deliverySeconds: 30,
  messageSeconds: 300,
  leaseSeconds: 60,
  sealSeconds: 60,
  astraySeconds: 300,
};
/** Slack refuses what is minutes off; people notice less. */
const MOST_CLOCK_OFFSET_MS = 5000;

/** One finding for each thing that stands; one for all when nothing does. `now`: this machine's clock. */
export async function standingFindings(databaseUrl: Secret, now: () => Date): Promise<Finding[]> {
  const db = openDatabase(databaseUrl, 1);
  try {
    const standing = await lookForStanding(db.tx, PATIENCE);
    const offsetMs = now().getTime() - standing.clockMs;
    const found = [
      ...clockFindings(offsetMs),
      ...workerFindings(standing),
      ...doorFindings(standing),
      ...boxFindings(standing),
    ];
    return found.length > 0 ? found : [{ ok: true, what: 'nothing waits for longer than it should' }];
  } finally {
    await db.close();
  }
}

const fault = (what: string, remedy: string): Finding => ({ ok: false, what, remedy });
const long = (seconds: number): string => duration(seconds * 1000);
const many = (count: number, one: string, more: string): string => (count === 1 ? `1 ${one}` : `${count} ${more}`);

function clockFindings(offsetMs: number): Finding[] {
  if (Math.abs(offsetMs) <= MOST_CLOCK_OFFSET_MS) return [];
  const way = offsetMs > 0 ? 'ahead of' : 'behind';
  return [
    fault(
      `the clock of this machine is ${duration(Math.abs(offsetMs))} ${way} the database’s`,
      'Let both follow a time server: timedatectl set-ntp true.',
    ),
  ];
}

function workerFindings({ due, lost, roundsHeld, boxes, unsealedSeconds, silentProviders }: Standing): Finding[] {
  const found = silentProviders.map(({ provider, since }) =>
    fault(
      `${provider} has not answered since ${since.toISOString()}, and its jobs wait`,
      'See what is said of it below. It is asked again by itself, and the jobs are done then.',
    ),
  );
  if (!roundsHeld && boxes > 0)
    found.push(
      fault(
        `no worker looks after ${many(boxes, 'box', 'boxes')}: nothing is repaired and nothing stops by itself`,
        'Start one: "shellbox worker", or "shellbox start". If one runs, it is paused or cannot write: read the end of its log.',
      ),
    );
  if (due.jobs > 0)
    found.push(
      fault(
        `${many(due.jobs, 'job has', 'jobs have')} been due for up to ${long(due.seconds)}, and nobody does ${due.jobs === 1 ? 'it' : 'them'}`,
        roundsHeld
          ? 'All places of the workers are taken, or they hang: "admin jobs", then "admin why <job>". More workers may be started.'
          : 'Start a worker: "shellbox worker", or "shellbox start".',
      ),
    );
  if (lost > 0)
    found.push(
      fault(
        `${many(lost, 'job is', 'jobs are')} held by a worker that is gone or paused, and nobody took over`,
        'Start a worker, or let the paused one go on (kill -CONT); the reconciler puts them back.',
      ),
    );
  if (unsealedSeconds > 0)
    found.push(
      fault(
        `audit: entries have not been sealed for ${long(unsealedSeconds)}`,
        'A worker does that every two seconds: start one, or read in its log why the round "seal" fails.',
      ),
    );
  return found;
}

function doorFindings({ deliveries, messages, kept }: Standing): Finding[] {
  const found: Finding[] = [];
  if (deliveries.waiting > 0)
    found.push(
      fault(
        `${many(deliveries.waiting, 'command was', 'commands were')} acknowledged and not worked on, for up to ${long(deliveries.seconds)}`,
        'No process of the doors is at work: start "shellbox bots", or "shellbox start". If one runs, read the end of its log.',
      ),
    );
  for (const { door, waiting, seconds } of messages)
    found.push(
      fault(
        `${door}: ${many(waiting, 'message does', 'messages do')} not go out, for up to ${long(seconds)}`,
        'Either no process with that door runs, or the platform refuses: search its log for "A message was not delivered".',
      ),
    );
  for (const { door, messages: count } of kept)
    found.push({
      ...fault(
        `${door}: ${many(count, 'answer', 'answers')} could not be brought and ${count === 1 ? 'is' : 'are'} kept`,
        'Search the log for "A message is kept": a channel was archived, the app removed, or a token revoked. People see them with "logs".',
      ),
      isMinor: true,
    });
  return found;
}

function boxFindings({ astray, broken }: Standing): Finding[] {
  return [
    ...astray.map(({ id, name, owner, state, desired }) =>
      fault(
        `${shown(owner)}/${name} should be ${desired} and is ${state}`,
        `Its provider does not answer, or its jobs wait: admin why ${id}`,
      ),
    ),
    ...broken.map(
      ({ id, name, owner, code, failure }): Finding => ({
        ...fault(
          `${shown(owner)}/${name} is in error${code === null ? '' : `: ${code}`}`,
          `admin why ${failure ?? id} says what happened and what to do; "start ${name}" tries again.`,
        ),
        isMinor: true,
      }),
    ),
  ];
}
