// The database goes away in the middle of work, in good order and by kill -9: what was acknowledged is done once all the same.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { mulberry32 } from '../fakes/seeded-random.ts';
import { eventually } from '../support/eventually.ts';
import { startServers } from '../support/postgres.ts';
import { openLaboratory } from './laboratory.ts';
import { expectNothingLeft, live } from './people.ts';

const PEOPLE = 20;
const STORY = ['spinup box-one', 'list', 'stop box-one', 'start box-one', 'destroy box-one --yes'];
const SETTLE_MS = 60_000;
/** A server that was killed comes back when its last process is gone and its log is played. */
const BACK_MS = 120_000;
/** A fast shutdown ends every session at once (PostgreSQL, 18.5). */
const BLOWS = ['SIGINT', 'SIGKILL', 'SIGINT'] as const;

test('a database that is restarted three times while people work loses nothing', { timeout: 300_000 }, async () => {
  const servers = await startServers();
  const lab = await openLaboratory(11, 'standard', { servers });
  const random = mulberry32(11);
  try {
    await Promise.all([lab.launch('bots'), lab.launch('bots'), lab.launch('worker'), lab.launch('worker')]);
    const members = lab.members();
    const lives = live(lab, PEOPLE, STORY);
    for (const blow of BLOWS) {
      await delay(500 + random() * 1000);
      const before = await postmaster(servers.dataDir);
      process.kill(before, blow);
      await eventually(
        'another server',
        async () => (await postmaster(servers.dataDir).catch(() => before)) !== before,
        BACK_MS,
      );
    }
    const asked = await lives;
    await expectNothingLeft(lab, { people: PEOPLE, asked, deadlineMs: SETTLE_MS });
    // Nobody died of it.
    expect(lab.members()).toEqual(members);
  } finally {
    await lab.close();
  }
});

async function postmaster(dataDir: string): Promise<number> {
  const [first = ''] = (await readFile(join(dataDir, 'cluster', 'postmaster.pid'), 'utf8')).split('\n');
  return Number(first);
}
