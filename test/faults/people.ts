// People in the fault laboratory: what they type, one line after the other, and what must be true when they are done.
import { expect } from 'vitest';
import type { ChatMessage } from '../fakes/chat.ts';
import { FAST } from '../fakes/service.ts';
import { eventually } from '../support/eventually.ts';
import type { Laboratory } from './laboratory.ts';

const ANSWER_MS = 240_000;

/** Each person types the next line when the last one was answered, as people do. The threads in which they asked. */
export async function live(lab: Laboratory, people: number, story: readonly string[]): Promise<string[]> {
  const one = async (person: string): Promise<string[]> => {
    const asked: string[] = [];
    for (const line of story) {
      const thread = await lab.chat.type(person, line);
      asked.push(thread);
      await eventually(`an answer to "${line}" of ${person}`, () => finalsIn(lab, thread).length > 0, ANSWER_MS);
    }
    return asked;
  };
  return (await Promise.all(Array.from({ length: people }, (_, person) => one(`person-${person}`)))).flat();
}

/** Of a story that ends with a destroy: nothing is left in the cloud within `deadlineMs`, and nothing wrong in the books. */
export async function expectNothingLeft(
  lab: Laboratory,
  { people, asked, deadlineMs }: { people: number; asked: readonly string[]; deadlineMs: number },
): Promise<void> {
  const { ledger } = lab.cloud;
  const isEmpty = () => ledger.instances().length === 0 && ledger.homes().length === 0;
  await eventually('the cloud is empty', isEmpty, deadlineMs);
  // A destroy that failed is made again by the house; the instance may be gone before the books say so.
  const living = () => lab.sql(`SELECT name, state FROM boxes WHERE state <> 'destroyed'`);
  await eventually('every box is destroyed', async () => (await living()).length === 0, deadlineMs);
  expect(asked.filter((thread) => !isAnsweredOnce(lab, thread))).toEqual([]);
  const recorded = await lab.sql<{ replies: string; commands: string }>(
    `SELECT (SELECT count(*) FROM replies WHERE kind = 'final') AS replies, (SELECT count(*) FROM commands) AS commands`,
  );
  expect(recorded).toEqual([{ replies: String(asked.length), commands: String(asked.length) }]);
  expect(await lab.sql(`SELECT count(*)::int AS boxes FROM boxes`)).toEqual([{ boxes: people }]);
  expect(await lab.sql(`SELECT reserved_mib::int AS reserved FROM capacity`)).toEqual([{ reserved: 0 }]);
  expect(await lab.sql(`SELECT id FROM usage WHERE ended_at IS NULL`)).toEqual([]);
  expect(ledger.duplicates().filter((pair) => pair.sameIncarnation)).toEqual([]);
}

function finalsIn(lab: Laboratory, thread: string): ChatMessage[] {
  return lab.chat.messages(thread).filter((message) => message.kind === 'final');
}

/**
 * One final; a second one only from a process that was stopped for longer than its lease while it handed the message to the
 * network, which nobody can know of (docs/architecture.md, "What happens when X dies").
 */
function isAnsweredOnce(lab: Laboratory, thread: string): boolean {
  const finals = finalsIn(lab, thread);
  const prompt = finals.filter(({ onTheWayMs }) => onTheWayMs < FAST.laneLeaseMs);
  return finals.length === 1 || prompt.length === 1;
}
