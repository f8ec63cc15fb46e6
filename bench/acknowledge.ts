// How long people wait until their spinup is written down when fifty ask at the same moment.

import type { CloudService } from './cloud-service.ts';
import { atMost, type Figure, percentile, rounded } from './figures.ts';
import { logIn, must, type Person } from './person.ts';

const PEOPLE = 50;
const LIMIT_MS = 100;

/** `service` stands over the simulated cloud. Each round is fifty spinups at once; the boxes are destroyed in between. */
export async function benchAcknowledge(service: CloudService, rounds: number): Promise<Figure> {
  const people = await Promise.all(Array.from({ length: PEOPLE }, () => logIn(service.port, service.hostKey)));
  try {
    // Accounts are made here, not while the clock runs.
    await Promise.all(people.map((person) => must(person, 'list')));
    const acceptedMs: number[] = [];
    const writtenMs: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const command = `spinup round-${round}`;
      const answers = await Promise.all(people.map((person) => must(person, command)));
      answers.forEach((answer, place) => {
        acceptedMs.push(answer.acceptedAt - answer.askedAt);
        writtenMs.push(writtenAt(service, people[place], command) - answer.askedAt);
      });
      await Promise.all(people.map((person) => must(person, `destroy round-${round} --yes`)));
    }
    // A request is acknowledged when the door has accepted it and its row is committed, whichever comes later.
    const acknowledgedMs = writtenMs.map((ms, place) => Math.max(ms, acceptedMs[place] ?? Number.NaN));
    const notes = [
      `p50 ${rounded(percentile(acknowledgedMs, 0.5))} ms, worst ${rounded(Math.max(...acknowledgedMs))} ms of ${acknowledgedMs.length}`,
      `request accepted p99 ${rounded(percentile(acceptedMs, 0.99))} ms, delivery committed p99 ${rounded(percentile(writtenMs, 0.99))} ms`,
    ];
    return atMost(
      `${PEOPLE} spinups at once, acknowledged, p99`,
      percentile(acknowledgedMs, 0.99),
      LIMIT_MS,
      'ms',
      notes,
    );
  } finally {
    for (const person of people) person.hangUp();
  }
}

function writtenAt(service: CloudService, person: Person | undefined, command: string): number {
  const at = service.writtenAt(person?.fingerprint ?? '', command);
  if (at === undefined) throw new Error(`"${command}" was answered and its delivery never seen.`);
  return at;
}
