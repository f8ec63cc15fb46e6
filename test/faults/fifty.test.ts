// Fifty people at once while processes are killed and Redis is emptied: every command one final reply, no orphan, no lost box.
import { describe, expect, test } from 'vitest';
import { mulberry32 } from '../fakes/seeded-random.ts';
import { eventually } from '../support/eventually.ts';
import { type Laboratory, openLaboratory } from './laboratory.ts';

const SEEDS = (process.env.FAULT_SEEDS ?? '1,2,3,4,5').split(',').map(Number);
const PEOPLE = 50;
const STORY = ['spinup box-one', 'list', 'stop box-one', 'start box-one', 'destroy box-one --yes'];
const SETTLE_MS = 60_000;

/** A person types the next line when the last one was answered, as people do. */
async function live(lab: Laboratory, person: string): Promise<Map<string, string>> {
  const asked = new Map<string, string>();
  for (const line of STORY) {
    const thread = await lab.chat.type(person, line);
    asked.set(thread, line);
    await eventually(
      `an answer to "${line}" of ${person}`,
      () => lab.chat.messages(thread).some((message) => message.kind === 'final'),
      240_000,
    );
  }
  return asked;
}

/** Kills, pauses and flushes at moments that the seed decides, until told to stop; always leaves somebody alive at the end. */
async function torment(lab: Laboratory, random: () => number, until: AbortSignal): Promise<void> {
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  for (let blow = 0; blow < 10 && !until.aborted; blow++) {
    await pause(700 + random() * 1200);
    if (blow === 3 || blow === 7) await lab.flushRedis();
    const members = lab.members();
    const victim = members[Math.floor(random() * members.length)];
    if (victim === undefined) continue;
    victim.kill('SIGKILL');
    await victim.gone;
    await lab.launch(victim.role);
  }
}

describe.each(SEEDS)('fifty people and a tormented house, seed %i', (seed) => {
  test('every command gets exactly one final reply, and nothing is left over', { timeout: 400_000 }, async () => {
    const lab = await openLaboratory(seed, 'standard');
    try {
      await Promise.all([lab.launch('bots'), lab.launch('bots'), lab.launch('worker'), lab.launch('worker')]);
      const over = new AbortController();
      const faults = torment(lab, mulberry32(seed), over.signal);
      const lives = Promise.all(Array.from({ length: PEOPLE }, (_, person) => live(lab, `person-${person}`)));
      await faults;
      const asked = (await lives).flatMap((one) => [...one.keys()]);
      over.abort();

      await eventually(
        'the cloud is empty',
        () => lab.cloud.ledger.instances().length === 0 && lab.cloud.ledger.homes().length === 0,
        SETTLE_MS,
      );
      for (const thread of asked) {
        const finals = lab.chat.messages(thread).filter((message) => message.kind === 'final');
        expect(finals, `finals in ${thread}`).toHaveLength(1);
      }
      const recorded = await lab.sql<{ replies: string; commands: string }>(
        `SELECT (SELECT count(*) FROM replies WHERE kind = 'final') AS replies, (SELECT count(*) FROM commands) AS commands`,
      );
      expect(recorded).toEqual([{ replies: String(PEOPLE * STORY.length), commands: String(PEOPLE * STORY.length) }]);
      expect(await lab.sql(`SELECT name, state FROM boxes WHERE state <> 'destroyed'`)).toEqual([]);
      expect(await lab.sql(`SELECT count(*)::int AS boxes FROM boxes`)).toEqual([{ boxes: PEOPLE }]);
      expect(await lab.sql(`SELECT reserved_mib::int AS reserved FROM capacity`)).toEqual([{ reserved: 0 }]);
      expect(await lab.sql(`SELECT id FROM usage WHERE ended_at IS NULL`)).toEqual([]);
      expect(lab.cloud.ledger.duplicates().filter((pair) => pair.sameIncarnation)).toEqual([]);
    } finally {
      await lab.close();
    }
  });
});
