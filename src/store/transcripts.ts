// Deliveries that are answered as a whole, as a mail is: their commands with their replies, and the one message that answers them all.
import { namingCode, type Reply, type Transcript, type TranscriptEntry, withoutCode } from '../threads/reply.ts';
import type { NewCommand } from './answers.ts';
import { audit } from './audit.ts';
import type { Tx } from './database.ts';
import { linesOf } from './deliveries.ts';
import { newId } from './ids.ts';
import { Prisma } from './prisma/client.ts';
import { isHelp, weigh } from './unhelpful.ts';

/** A command with its final reply. Ends the delivery when `last`; the lane of its answer when that was all. */
export async function recordEntry(
  tx: Tx,
  command: NewCommand,
  reply: Reply,
  last: boolean,
): Promise<string | undefined> {
  await insertCommand(tx, command, last, Prisma.sql`NULL, ${command.boxId ?? null}::uuid, now()`);
  await insertReply(tx, command.id, 'final', namingCode(reply));
  return last ? answerWhole(tx, command.deliveryId) : undefined;
}

/** A command that waits for its job, what is said of that meanwhile, and what is sent when it takes longer than `lateMs`. */
export async function recordWaitingEntry(
  tx: Tx,
  command: NewCommand,
  wait: { jobId: string; boxId: string; note: Reply | undefined; late: Reply; lateMs: number },
  last: boolean,
): Promise<void> {
  await insertCommand(tx, command, last, Prisma.sql`${wait.jobId}::uuid, ${wait.boxId}::uuid, NULL`);
  if (wait.note !== undefined) await insertReply(tx, command.id, 'notice', wait.note);
  const body = JSON.stringify({ kind: 'notice', reply: wait.late });
  await tx.$executeRaw`
    INSERT INTO messages (id, thread_id, door, lane, command_id, account_id, kind, visibility, body, next_at)
    SELECT ${newId()}::uuid, t.id, t.door, t.lane, ${command.id}::uuid, ${command.accountId ?? null}::uuid, 'notice', 'private', ${body}::jsonb,
      now() + ${wait.lateMs} * interval '1 millisecond'
    FROM threads t WHERE t.id = ${command.threadId}::uuid AND NOT EXISTS (
      SELECT 1 FROM messages m JOIN commands c ON c.id = m.command_id WHERE c.delivery_id = ${command.deliveryId}::uuid AND m.kind = 'notice')`;
}

/** The final reply of a command that waited; the lane of its delivery's answer when that was all. */
export async function answerEntry(
  tx: Tx,
  command: { id: string; deliveryId: string },
  reply: Reply,
): Promise<string | undefined> {
  await insertReply(tx, command.id, 'final', reply);
  return answerWhole(tx, command.deliveryId);
}

/** The one box of the account that commands in the thread were about; null where there were several, or none lives. */
export async function boxSpokenOf(tx: Tx, threadId: string, accountId: string): Promise<string | null> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT DISTINCT b.id FROM commands c JOIN boxes b ON b.id = c.box_id
    WHERE c.account_id = ${accountId}::uuid AND c.thread_id = ${threadId}::uuid AND b.state <> 'destroyed' LIMIT 2`;
  return rows.length === 1 ? (rows[0]?.id ?? null) : null;
}

async function insertCommand(tx: Tx, command: NewCommand, last: boolean, rest: Prisma.Sql): Promise<void> {
  await tx.$executeRaw`
    WITH done AS (UPDATE deliveries SET processed_at = now() WHERE id = ${command.deliveryId}::uuid AND ${last})
    INSERT INTO commands (id, delivery_id, ordinal, account_id, verb, thread_id, visibility, job_id, box_id, finished_at)
    VALUES (${command.id}::uuid, ${command.deliveryId}::uuid, ${command.ordinal}, ${command.accountId ?? null}::uuid, ${command.verb},
      ${command.threadId}::uuid, ${command.visibility}, ${rest})`;
}

async function insertReply(tx: Tx, commandId: string, kind: 'notice' | 'final', reply: Reply): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO replies (id, command_id, kind, body)
    VALUES (${newId()}::uuid, ${commandId}::uuid, ${kind}, ${JSON.stringify({ kind: 'reply', reply })}::jsonb) ON CONFLICT DO NOTHING`;
}

interface EntryRow {
  id: string;
  accountId: string | null;
  ordinal: number;
  verb: string;
  box: string | null;
  note: { reply: Reply } | null;
  final: { reply: Reply };
  log: { at: string; label: string; state: 'working' | 'done' | 'failed'; tookMs: number | null }[] | null;
}

/** Writes the answer once the delivery's last command is done; the lane to wake. */
async function answerWhole(tx: Tx, deliveryId: string): Promise<string | undefined> {
  const [delivery] = await tx.$queryRaw<{ text: string; threadId: string; lane: string }[]>`
    UPDATE deliveries d SET answered_at = now() FROM threads t
    WHERE d.id = ${deliveryId}::uuid AND t.id = d.thread_id AND d.whole AND d.processed_at IS NOT NULL AND d.answered_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM commands c WHERE c.delivery_id = d.id AND c.finished_at IS NULL)
    RETURNING d.text, d.thread_id AS "threadId", t.lane`;
  if (delivery === undefined) return undefined;
  const rows = await entriesOf(tx, deliveryId);
  const last = rows.at(-1);
  if (last === undefined) throw new Error('A delivery was ended without a command.');
  const lines = linesOf(delivery.text);
  const said = transcriptOf(rows, lines);
  const weighed = await weigh(tx, delivery.lane, said);
  const { held } = weighed;
  if (held !== undefined)
    await audit(tx, {
      actor: last.accountId ?? 'system',
      action: 'mail.held',
      target: { delivery: deliveryId, reason: held },
    });
  await tx.$executeRaw`
    DELETE FROM messages m USING commands c WHERE c.id = m.command_id AND c.delivery_id = ${deliveryId}::uuid
      AND m.kind = 'notice' AND m.state = 'pending'`;
  await tx.$executeRaw`
    INSERT INTO messages (id, thread_id, door, lane, command_id, account_id, kind, visibility, body)
    SELECT ${newId()}::uuid, t.id, t.door, t.lane, ${last.id}::uuid, ${last.accountId}::uuid, 'final', 'private',
      ${JSON.stringify(withTold({ ...said, ...weighed }))}::jsonb
    FROM threads t WHERE t.id = ${delivery.threadId}::uuid`;
  for (const { id, final } of rows)
    if (final.reply.code !== undefined)
      await tx.$executeRaw`
        UPDATE replies SET body = ${JSON.stringify({ kind: 'reply', reply: withoutCode(final.reply) })}::jsonb
        WHERE command_id = ${id}::uuid AND kind = 'final'`;
  return delivery.lane;
}

async function entriesOf(tx: Tx, deliveryId: string): Promise<EntryRow[]> {
  return tx.$queryRaw`
    SELECT c.id, c.account_id AS "accountId", c.ordinal, c.verb, b.name AS box, n.body AS note, f.body AS final, l.log
    FROM commands c JOIN replies f ON f.command_id = c.id AND f.kind = 'final'
      LEFT JOIN replies n ON n.command_id = c.id AND n.kind = 'notice'
      LEFT JOIN boxes b ON b.id = c.box_id AND c.job_id IS NOT NULL
      LEFT JOIN LATERAL (
        SELECT jsonb_agg(jsonb_build_object('at', s.started_at, 'label', s.label, 'state', s.state, 'tookMs', s.took_ms) ORDER BY s.ordinal) AS log
        FROM steps s WHERE s.job_id = c.job_id) l ON true
    WHERE c.delivery_id = ${deliveryId}::uuid ORDER BY c.ordinal`;
}

function transcriptOf(rows: readonly EntryRow[], lines: readonly string[]): Transcript {
  const entries = rows.map(({ ordinal, note, final, log, box }): TranscriptEntry => {
    const blocks = [...(note?.reply.blocks ?? []), ...final.reply.blocks];
    return {
      line: lines[ordinal] ?? '',
      reply: { ...final.reply, blocks },
      ...(box === null ? {} : { box }),
      ...(log === null
        ? {}
        : { log: log.map(({ tookMs, ...line }) => ({ ...line, ...(tookMs === null ? {} : { tookMs }) })) }),
    };
  });
  const rest = restOf(rows, entries, lines);
  return { kind: 'transcript', entries, ...(rest === '' ? {} : { rest }) };
}

const HINT = 'Write one command a line, for example "spinup mybox". "help" lists all of them.';
const ONCE_A_DAY = 'This comes once a day; what holds a command is answered as ever.';

/** What ends the answer: what was not read, and how it is done where no answer above has said so already. */
function restOf(rows: readonly EntryRow[], entries: readonly TranscriptEntry[], lines: readonly string[]): string {
  if (isHelp({ entries })) return ONCE_A_DAY;
  const unread = lines.length - rows.length;
  const isLost = unread > 0 || rows.every(({ verb }) => verb === '');
  const hint = isLost && !entries.some(suggests) ? HINT : '';
  return [unread > 0 ? unreadText(unread) : '', hint].filter((part) => part !== '').join(' ');
}

/** It says what was probably meant. */
function suggests({ reply }: TranscriptEntry): boolean {
  return (
    reply.outcome === 'usage' && reply.blocks.some((block) => block.kind === 'command' && block.command !== 'help')
  );
}

function unreadText(unread: number): string {
  return `${unread} more ${unread === 1 ? 'line was' : 'lines were'} not read, because those above were not understood.`;
}

/** With what stays of it once it was told: no code. */
function withTold(transcript: Transcript): Transcript & { told?: readonly TranscriptEntry[] } {
  const { entries } = transcript;
  if (entries.every(({ reply }) => reply.code === undefined)) return transcript;
  return { ...transcript, told: entries.map((entry) => ({ ...entry, reply: withoutCode(entry.reply) })) };
}
