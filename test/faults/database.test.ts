// The database goes away in the middle of work, cleanly, by kill -9 and for longer than every lease: nothing acknowledged is lost.
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { FAST } from '../fakes/service.ts';
import { eventually } from '../support/eventually.ts';
import { type Laboratory, openLaboratory } from './laboratory.ts';
import { expectNothingLeft, live } from './people.ts';
import { type RestartableServers, startRestartable } from './restartable.ts';

const PEOPLE = 20;
const STORY = ['spinup box-one', 'stop box-one', 'start box-one', 'list', 'destroy box-one --yes'];
/** From the last time that the database came back. */
const SETTLE_MS = 60_000;
/** So that they come all through the work, whose last commands are undisturbed. */
const ANSWERS_APART = 20;
/** One that was killed comes back when its last process is gone and its log is played. */
const BACK_MS = 120_000;
const LONGER_THAN_LEASES_MS = Math.max(FAST.leaseMs, FAST.laneLeaseMs) + 1000;

/** What happens to the database, and when it is over. */
const FATES: readonly [string, (servers: RestartableServers) => Promise<void>][] = [
  [
    'stopped cleanly and started at once',
    async (servers) => {
      await servers.stopDatabase();
      await servers.startDatabase();
    },
  ],
  ['killed with all its processes', (servers) => servers.killDatabase('everything')],
  [
    'stopped for longer than every lease',
    async (servers) => {
      await servers.stopDatabase();
      await delay(LONGER_THAN_LEASES_MS);
      await servers.startDatabase();
    },
  ],
  ['killed, its children left to themselves', (servers) => servers.killDatabase('postmaster')],
];

/** Each time in the middle of work: some commands more are answered, others wait, and jobs run. */
async function interrupt(lab: Laboratory, servers: RestartableServers): Promise<void> {
  for (const [count, [what, befall]] of FATES.entries()) {
    const isDue = async () => answers(lab).length >= (count + 0.5) * ANSWERS_APART && (await isWorking(lab));
    await eventually(`work is under way before it is ${what}`, isDue, 60_000);
    const started = await startOf(lab);
    await befall(servers);
    const isBack = async () => (await startOf(lab)) !== started;
    await eventually(`the database answers after it was ${what}`, isBack, BACK_MS);
  }
}

const answers = (lab: Laboratory): string[] =>
  lab.chat.all().flatMap((message) => (message.kind === 'final' ? [message.text] : []));

async function isWorking(lab: Laboratory): Promise<boolean> {
  const rows = await lab.sql(`SELECT 1 FROM jobs WHERE state = 'running' AND lease_until > now()`);
  return rows.length > 0;
}

async function startOf(lab: Laboratory): Promise<string | undefined> {
  return (await lab.sql<{ at: string }>('SELECT pg_postmaster_start_time()::text AS at'))[0]?.at;
}

test('a database that restarts in the middle of work costs no command its one final reply, no box and no orphan', {
  timeout: 300_000,
}, async () => {
  const servers = await startRestartable();
  const lab = await openLaboratory(11, 'standard', { servers });
  try {
    const members = await Promise.all([
      lab.launch('bots'),
      lab.launch('bots'),
      lab.launch('worker'),
      lab.launch('worker'),
    ]);
    const lives = live(lab, PEOPLE, STORY);
    const [endedAt, asked] = await Promise.all([interrupt(lab, servers).then(() => performance.now()), lives]);
    expect(answers(lab).filter((text) => text.includes('went wrong on our side'))).toEqual([]);
    const deadlineMs = SETTLE_MS - (performance.now() - endedAt);
    expect(deadlineMs).toBeGreaterThan(0);
    await expectNothingLeft(lab, { people: PEOPLE, asked, deadlineMs });
    // Nobody had to be started again for it.
    expect(new Set(lab.members())).toEqual(new Set(members));
  } finally {
    await lab.close();
  }
});
