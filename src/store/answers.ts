// What commands came to: each is recorded with its one final reply and the message that tells it, at once or when its job ends.
import { namingCode, type Reply, withoutCode } from '../threads/reply.ts';
import type { Tx } from './database.ts';
import { newId } from './ids.ts';
import { queueMessage } from './threads.ts';
import { answerEntry } from './transcripts.ts';

export interface NewCommand {
  id: string;
  deliveryId: string;
  ordinal: number;
  accountId: string | undefined;
  verb: string;
  threadId: string;
  visibility: 'thread' | 'private';
  /** That it named, where it is part of a whole delivery; a job's is known anyway. */
  boxId?: string;
}

/** A command with its only reply: recorded, answered, its message queued, its delivery ended when `last`; one statement. */
export async function recordAnswered(tx: Tx, command: NewCommand, answer: Reply, last: boolean): Promise<void> {
  const reply = namingCode(answer);
  const body = JSON.stringify({ kind: 'reply', reply });
  const kept = JSON.stringify({ kind: 'reply', reply: withoutCode(reply) });
  await tx.$executeRaw`
    WITH asked AS (
        INSERT INTO commands (id, delivery_id, ordinal, account_id, verb, thread_id, visibility, finished_at)
        VALUES (${command.id}::uuid, ${command.deliveryId}::uuid, ${command.ordinal}, ${command.accountId ?? null}::uuid, ${command.verb},
          ${command.threadId}::uuid, ${command.visibility}, now())),
      answered AS (INSERT INTO replies (id, command_id, kind, body) VALUES (${newId()}::uuid, ${command.id}::uuid, 'final', ${kept}::jsonb)),
      done AS (UPDATE deliveries SET processed_at = now() WHERE id = ${command.deliveryId}::uuid AND ${last})
    INSERT INTO messages (id, thread_id, door, lane, command_id, account_id, kind, visibility, body)
    SELECT ${newId()}::uuid, t.id, t.door, t.lane, ${command.id}::uuid, ${command.accountId ?? null}::uuid, 'final', ${command.visibility}, ${body}::jsonb
    FROM threads t WHERE t.id = ${command.threadId}::uuid`;
}

export interface Answered {
  command: NewCommand;
  reply: Reply;
}

/**
 * The same for deliveries of one command each that were read without a lock, in one statement: what another process has answered
 * meanwhile is left as it is.
 */
export async function recordAnswers(tx: Tx, answers: readonly Answered[]): Promise<void> {
  const rows = answers.map(({ command, reply }) => ({
    ...command,
    replyId: newId(),
    messageId: newId(),
    body: { kind: 'reply', reply },
  }));
  await tx.$executeRaw`
    WITH answered AS (
        SELECT * FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS a(id uuid, "deliveryId" uuid, ordinal int, "accountId" uuid,
          verb text, "threadId" uuid, visibility text, "replyId" uuid, "messageId" uuid, body jsonb)),
      done AS (
        UPDATE deliveries d SET processed_at = now() FROM answered a WHERE d.id = a."deliveryId" AND d.processed_at IS NULL RETURNING d.id),
      ours AS (SELECT a.* FROM answered a JOIN done ON done.id = a."deliveryId"),
      asked AS (
        INSERT INTO commands (id, delivery_id, ordinal, account_id, verb, thread_id, visibility, finished_at)
        SELECT id, "deliveryId", ordinal, "accountId", verb, "threadId", visibility, now() FROM ours),
      replied AS (INSERT INTO replies (id, command_id, kind, body) SELECT "replyId", id, 'final', body FROM ours)
    INSERT INTO messages (id, thread_id, door, lane, command_id, account_id, kind, visibility, body)
    SELECT ours."messageId", t.id, t.door, t.lane, ours.id, ours."accountId", 'final', ours.visibility, ours.body
    FROM ours JOIN threads t ON t.id = ours."threadId" ORDER BY ours."messageId"`;
}

/** A command whose final reply comes from a job; its progress message starts empty, and its delivery ends with it when `last`. */
export async function recordWaiting(
  tx: Tx,
  command: NewCommand,
  wait: { jobId: string; boxId: string },
  last = false,
): Promise<void> {
  const body = JSON.stringify({ kind: 'progress', progress: { title: '', lines: [] } });
  await tx.$executeRaw`
    WITH asked AS (
        INSERT INTO commands (id, delivery_id, ordinal, account_id, verb, thread_id, visibility, job_id, box_id)
        VALUES (${command.id}::uuid, ${command.deliveryId}::uuid, ${command.ordinal}, ${command.accountId ?? null}::uuid, ${command.verb},
          ${command.threadId}::uuid, ${command.visibility}, ${wait.jobId}::uuid, ${wait.boxId}::uuid)),
      done AS (UPDATE deliveries SET processed_at = now() WHERE id = ${command.deliveryId}::uuid AND ${last})
    INSERT INTO messages (id, thread_id, door, lane, command_id, account_id, job_id, kind, visibility, body, wanted, state)
    SELECT ${newId()}::uuid, t.id, t.door, t.lane, ${command.id}::uuid, ${command.accountId ?? null}::uuid, ${wait.jobId}::uuid,
      'progress', ${command.visibility}, ${body}::jsonb, 0, 'sent'
    FROM threads t WHERE t.id = ${command.threadId}::uuid`;
}

/** Gives every command that waits for the job its one final reply; returns the lanes to wake. Calling it again does nothing. */
export async function answerWaiting(tx: Tx, jobId: string, reply: Reply): Promise<string[]> {
  const body = JSON.stringify({ kind: 'reply', reply });
  const waiting = await tx.$queryRaw<
    {
      id: string;
      deliveryId: string;
      whole: boolean;
      accountId: string | null;
      threadId: string;
      visibility: 'thread' | 'private';
    }[]
  >`
    UPDATE commands c SET finished_at = now() FROM deliveries d WHERE d.id = c.delivery_id AND c.job_id = ${jobId}::uuid AND c.finished_at IS NULL
    RETURNING c.id, d.id AS "deliveryId", d.whole, c.account_id AS "accountId", c.thread_id AS "threadId", c.visibility`;
  const lanes = new Set<string>();
  for (const command of waiting) {
    if (command.whole) {
      const lane = await answerEntry(tx, command, reply);
      if (lane !== undefined) lanes.add(lane);
      continue;
    }
    await tx.$executeRaw`
      INSERT INTO replies (id, command_id, kind, body) VALUES (${newId()}::uuid, ${command.id}::uuid, 'final', ${body}::jsonb) ON CONFLICT DO NOTHING`;
    const lane = await queueMessage(tx, {
      threadId: command.threadId,
      commandId: command.id,
      ...(command.accountId === null ? {} : { accountId: command.accountId }),
      kind: 'final',
      visibility: reply.outcome === 'done' || reply.exitStatus !== undefined ? command.visibility : 'private',
      body: { kind: 'reply', reply },
    });
    if (lane !== undefined) lanes.add(lane);
  }
  return [...lanes];
}
