// How many `list` answers the service gives in a second over open connections, each with its rows in the database.

import type { CloudService } from './cloud-service.ts';
import { atLeast, type Figure, percentile, rounded } from './figures.ts';
import { logIn, must, type Person } from './person.ts';

const CONNECTIONS = 20;
const LEAST_PER_SECOND = 300;
const WARM_UP_MS = 2_000;

/** `service` stands over the simulated cloud. Everybody has a box and asks again as soon as the last answer is there. */
export async function benchList(service: CloudService, runMs: number): Promise<Figure> {
  const people = await Promise.all(Array.from({ length: CONNECTIONS }, () => logIn(service.port, service.hostKey)));
  try {
    await Promise.all(people.map((person) => must(person, 'spinup listed')));
    await askFor(people, WARM_UP_MS);
    const before = await recorded(service);
    const usedBefore = await service.process.processorMs();
    const { tookMs, answerMs } = await askFor(people, runMs);
    const usedMs = (await service.process.processorMs()) - usedBefore;
    const after = await recorded(service);
    const answers = answerMs.length;
    for (const table of ['deliveries', 'commands', 'replies', 'sent'] as const) {
      const rows = after[table] - before[table];
      if (rows !== answers) throw new Error(`${answers} lists were answered, and ${rows} rows recorded: ${table}.`);
    }
    const notes = [
      `${answers} answers in ${(tookMs / 1000).toFixed(1)} s; p50 ${rounded(percentile(answerMs, 0.5))} ms, p99 ${rounded(percentile(answerMs, 0.99))} ms`,
      `processor time of the service: ${rounded(usedMs / answers)} ms an answer, ${rounded((100 * usedMs) / tookMs)} % of one core`,
      'deliveries, commands, final replies and messages sent in the database: the same number each',
    ];
    const perSecond = answers / (tookMs / 1000);
    return atLeast(`list over ${CONNECTIONS} connections`, perSecond, LEAST_PER_SECOND, 'a second', notes);
  } finally {
    for (const person of people) person.hangUp();
  }
}

async function askFor(people: readonly Person[], runMs: number): Promise<{ tookMs: number; answerMs: number[] }> {
  const answerMs: number[] = [];
  const began = performance.now();
  async function ask(person: Person): Promise<void> {
    while (performance.now() - began < runMs) {
      const asked = performance.now();
      const { out } = await must(person, 'list');
      if (!out.includes('listed')) throw new Error(`list does not show the box:\n${out}`);
      answerMs.push(performance.now() - asked);
    }
  }
  await Promise.all(people.map(ask));
  return { tookMs: performance.now() - began, answerMs };
}

interface Counts {
  deliveries: number;
  commands: number;
  replies: number;
  sent: number;
}

/** Rows of answered lists; a message is noted as sent just after the client has it, so that is waited for. */
async function recorded(service: CloudService): Promise<Counts> {
  const until = performance.now() + 5_000;
  for (;;) {
    const [counts] = await service.sql<Counts>(`
      SELECT (SELECT count(*)::int FROM deliveries WHERE processed_at IS NOT NULL) AS deliveries,
        (SELECT count(*)::int FROM commands WHERE finished_at IS NOT NULL) AS commands,
        (SELECT count(*)::int FROM replies WHERE kind = 'final') AS replies,
        (SELECT count(*)::int FROM messages WHERE kind = 'final' AND state = 'sent') AS sent`);
    if (counts === undefined) throw new Error('The database did not answer.');
    if (counts.sent === counts.replies || performance.now() > until) return counts;
  }
}
