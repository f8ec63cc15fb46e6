// Answers that help nobody: few are sent to one lane, so that two robots do not go on answering each other.
import type { HeldBack, Transcript } from '../threads/reply.ts';
import type { Tx } from './database.ts';

/** Answers in which nothing was done and nothing asked, to one lane; more are held back. */
const MOST_UNSUCCESSFUL_AN_HOUR = 3;
/** Answers to deliveries in which nobody asked for anything. */
const MOST_HELP_A_DAY = 1;
const HOUR_MS = 3_600_000;

export interface Weighed {
  /** Why the answer is not to be sent. */
  held?: HeldBack;
  /** Until when no more of its kind are sent, which it has to say: ISO 8601. */
  quietUntil?: string;
}

/** Nobody asked for anything. */
export function isHelp({ entries }: Pick<Transcript, 'entries'>): boolean {
  return entries[0]?.line === '';
}

/** Something was done, or a question was asked that wants a yes. */
function helps({ entries }: Transcript): boolean {
  return entries.some(
    ({ reply }) => reply.outcome === 'done' || reply.blocks.some((block) => block.kind === 'confirm'),
  );
}

/** What becomes of an answer that is about to be written. Two that end at the same moment count each other. */
export async function weigh(tx: Tx, lane: string, transcript: Transcript): Promise<Weighed> {
  if (!isHelp(transcript) && helps(transcript)) return {};
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${lane}, 0))`;
  const [row] = await tx.$queryRaw<{ unsuccessful: number; help: number; first: Date | null }[]>`
    SELECT count(*) FILTER (WHERE created_at > now() - interval '1 hour')::int AS unsuccessful,
      count(*) FILTER (WHERE body #>> '{entries,0,line}' = '')::int AS help,
      min(created_at) FILTER (WHERE created_at > now() - interval '1 hour') AS first
    FROM messages WHERE lane = ${lane} AND body ->> 'kind' = 'transcript' AND state <> 'held' AND NOT body ? 'held'
      AND created_at > now() - interval '1 day' AND (body #>> '{entries,0,line}' = '' OR NOT
        (body @? '$.entries[*].reply.outcome ? (@ == "done")' OR body @? '$.entries[*].reply.blocks[*].kind ? (@ == "confirm")'))`;
  const { unsuccessful = 0, help = 0, first = null } = row ?? {};
  if (unsuccessful >= MOST_UNSUCCESSFUL_AN_HOUR) return { held: 'unsuccessful' };
  if (isHelp(transcript) && help >= MOST_HELP_A_DAY) return { held: 'help' };
  if (first === null || unsuccessful + 1 < MOST_UNSUCCESSFUL_AN_HOUR) return {};
  return { quietUntil: new Date(first.getTime() + HOUR_MS).toISOString() };
}
