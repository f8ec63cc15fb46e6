// What befalls the house while a line is typed: time that passes, a worker that is late, things that go behind everybody's back.
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../support/eventually.ts';
import type { Laboratory } from './laboratory.ts';

export interface Place {
  lab: Laboratory;
  /** The name of whoever has the boxes. */
  person: string;
}

/** Begins before the line is typed; what it resolves with ends it, while the answer is awaited. */
export type Trouble = (place: Place) => Promise<() => Promise<void>>;

/** What comes round comes in this time, a process that dies on the way included. */
const ROUND_MS = 90_000;
const OWN = 'account_id = (SELECT id FROM accounts WHERE name = $1)';

/** Whoever waits so long is told their place in the line, and that it is their turn. */
export const workerIsLate: Trouble = async ({ lab, person }) => {
  const workers = lab.members().filter(({ role }) => role === 'worker');
  for (const worker of workers) worker.kill('SIGSTOP');
  return async () => {
    await comesTrue(
      { lab, person },
      `EXISTS (SELECT 1 FROM jobs WHERE state = 'queued' AND created_at < now() - interval '1 second' AND ${OWN})`,
    );
    for (const worker of workers) worker.kill('SIGCONT');
  };
};

/** A call to it takes longer than a worker holds a job without saying so, unless somebody else has done the job by then. */
export const providerHangs: Trouble = async (place) => {
  const links = place.lab.members().map((member) => member.links.cloud);
  for (const link of links) link.hold();
  return async () => {
    await comesTrue(
      place,
      `EXISTS (SELECT 1 FROM jobs WHERE kind = 'stop' AND (finished_at IS NOT NULL OR started_at < now() - interval '1.5 seconds') AND ${OWN})`,
    );
    for (const link of links) link.mend();
  };
};

/** As when somebody deletes it at the provider; it is made again, around the home. */
export const instanceVanishes: Trouble = async (place) => {
  await place.lab.vanishBox(await boxOf(place));
  return () => comesTrue(place, `EXISTS (SELECT 1 FROM boxes WHERE state = 'running' AND incarnation > 1 AND ${OWN})`);
};

/** Its owner is warned. It does stop when the laboratory lasts for long enough after that. */
export const stopIsNear: Trouble = async (place) => {
  place.lab.unused.add(await boxOf(place));
  await idleSince(place, 55);
  return () => comesTrue(place, `EXISTS (SELECT 1 FROM boxes WHERE warned_at IS NOT NULL AND ${OWN})`);
};

/** Its owner was warned a while ago. */
export const nobodyUsesIt: Trouble = async (place) => {
  place.lab.unused.add(await boxOf(place));
  await idleSince(place, 62, 12);
  return () => comesTrue(place, `EXISTS (SELECT 1 FROM boxes WHERE state = 'stopped' AND ${OWN})`);
};

/** The home of a destroyed box goes for good. It is a day old, so that every list has it. */
export const keptTimeEnds: Trouble = async (place) => {
  await delay(place.lab.place.lagMs);
  await place.lab.sql(`UPDATE boxes SET purge_after = now() - interval '1 day' WHERE ${OWN}`, [place.person]);
  return () => comesTrue(place, `EXISTS (SELECT 1 FROM boxes WHERE purged_at IS NOT NULL AND ${OWN})`);
};

/** As when the host's firewall is loaded anew, or somebody tidies up at the vendor. */
export const protectionGoes: Trouble = async ({ lab }) => {
  await lab.place.unprotect();
  return async () => {};
};

async function boxOf({ lab, person }: Place): Promise<string> {
  const [box] = await lab.sql<{ id: string }>(`SELECT id FROM boxes WHERE ${OWN}`, [person]);
  if (box === undefined) throw new Error(`${person} has no box.`);
  return box.id;
}

/** Minutes ago, of the hour that a box may be idle. */
async function idleSince({ lab, person }: Place, minutes: number, warnedMinutes?: number): Promise<void> {
  await lab.sql(
    `UPDATE boxes SET activity = 'idle', activity_since = now() - $2 * interval '1 minute', state_since = now() - $2 * interval '1 minute',
      last_used_at = NULL, stop_at = now() - ($2 - idle_minutes) * interval '1 minute', stop_cause = 'idle',
      warned_at = now() - $3 * interval '1 minute'
    WHERE ${OWN}`,
    [person, minutes, warnedMinutes],
  );
}

async function comesTrue({ lab, person }: Place, condition: string): Promise<void> {
  const holds = async () => (await lab.sql<{ holds: boolean }>(`SELECT ${condition} AS holds`, [person]))[0]?.holds;
  await eventually(condition, holds, ROUND_MS);
}
