// The way of a command through the house, as operators follow it: ids, times and outcomes, never what people wrote or were told.
import type { Tx } from './database.ts';
import { type Failure, failureById, failuresOfBox, failuresOfSubjects } from './failures.ts';
import type { JobKind, JobState } from './jobs.ts';
import { Prisma } from './prisma/client.ts';

export interface TrailCommand {
  id: string;
  /** '' for what was not understood. */
  verb: string;
  accountId: string | null;
  /** What the account is called; no identity. */
  who: string | null;
  jobId: string | null;
  boxId: string | null;
  createdAt: Date;
  finishedAt: Date | null;
  deliveryId: string;
  /** Of the delivery; null once that was deleted. */
  door: string | null;
  tenant: string | null;
  /** Written down, and acknowledged after that. */
  receivedAt: Date | null;
  processedAt: Date | null;
}

export interface TrailJob {
  id: string;
  kind: JobKind;
  state: JobState;
  tries: number;
  maxTries: number;
  losses: number;
  holder: string | null;
  errorCode: string | null;
  boxId: string;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  /** It waits until then, when it is queued. */
  runAt: Date;
}

export interface TrailStep {
  label: string;
  state: string;
  startedAt: Date;
  tookMs: number | null;
}

export interface TrailMessage {
  id: string;
  kind: string;
  state: string;
  door: string;
  wanted: number;
  sent: number;
  tries: number;
  createdAt: Date;
  sentAt: Date | null;
}

export interface TrailNotice {
  id: string;
  kind: string;
  state: string;
  tried: string[];
  createdAt: Date;
}

/** What an id of an operator leads to. */
export interface Trail {
  failures: readonly Failure[];
  commands: readonly TrailCommand[];
  job: TrailJob | undefined;
  steps: readonly TrailStep[];
  messages: readonly TrailMessage[];
  notices: readonly TrailNotice[];
  box:
    | { id: string; name: string; state: string; desired: string; stateSince: Date; provider: string; owner: string }
    | undefined;
}

/** Of everything at most so many: a job that hundreds wait for is understood from some of them. */
const MOST = 20;
const MOST_FAILURES = 5;

/** The way of what a failure's id, or the id of a job, command, box, delivery or message, stands for; undefined when it is none of them. */
export async function trailOf(tx: Tx, asked: { failure: string } | { id: string }): Promise<Trail | undefined> {
  const failure = 'failure' in asked ? await failureById(tx, asked.failure) : undefined;
  const id = 'id' in asked ? asked.id : failure?.subject;
  if (id === undefined) return undefined;
  const found = await beginning(tx, id);
  if (found === undefined && failure === undefined) return undefined;
  const commands = found === undefined ? [] : await commandsOf(tx, found);
  const jobId = found?.jobId ?? commands.find((one) => one.jobId !== null)?.jobId ?? undefined;
  const job = jobId === undefined ? undefined : await jobOf(tx, jobId);
  const boxId =
    found?.boxId ?? job?.boxId ?? commands.find((one) => one.boxId !== null)?.boxId ?? failure?.boxId ?? undefined;
  const messages = await messagesOf(tx, {
    commandIds: commands.map((one) => one.id),
    jobId,
    messageId: found?.messageId,
  });
  return {
    failures: await failuresIn(tx, {
      failure,
      boxId: found?.boxId,
      subjects: [id, jobId, ...idsOf(commands), ...idsOf(messages)],
    }),
    commands,
    job,
    steps: jobId === undefined ? [] : await stepsOf(tx, jobId),
    messages,
    notices: jobId === undefined ? [] : await noticesOf(tx, jobId),
    box: boxId === undefined ? undefined : await boxOf(tx, boxId),
  };
}

interface Beginning {
  jobId?: string;
  commandId?: string;
  deliveryId?: string;
  boxId?: string;
  messageId?: string;
}

/** Which table the id is of. */
async function beginning(tx: Tx, id: string): Promise<Beginning | undefined> {
  const [row] = await tx.$queryRaw<{ kind: string; jobId: string | null; commandId: string | null }[]>`
    SELECT 'job' AS kind, NULL::uuid AS "jobId", NULL::uuid AS "commandId" FROM jobs WHERE id = ${id}::uuid
    UNION ALL SELECT 'command', NULL, NULL FROM commands WHERE id = ${id}::uuid
    UNION ALL SELECT 'delivery', NULL, NULL FROM deliveries WHERE id = ${id}::uuid
    UNION ALL SELECT 'box', (SELECT j.id FROM jobs j WHERE j.box_id = boxes.id AND NOT j.beside ORDER BY j.created_at DESC, j.id DESC LIMIT 1), NULL FROM boxes WHERE id = ${id}::uuid
    UNION ALL SELECT 'message', job_id, command_id FROM messages WHERE id = ${id}::uuid`;
  if (row === undefined) return undefined;
  const more = {
    ...(row.jobId === null ? {} : { jobId: row.jobId }),
    ...(row.commandId === null ? {} : { commandId: row.commandId }),
  };
  if (row.kind === 'job') return { jobId: id };
  if (row.kind === 'command') return { commandId: id };
  if (row.kind === 'delivery') return { deliveryId: id };
  return row.kind === 'box' ? { ...more, boxId: id } : { ...more, messageId: id };
}

async function commandsOf(tx: Tx, { jobId, commandId, deliveryId }: Beginning): Promise<TrailCommand[]> {
  return tx.$queryRaw`
    SELECT c.id, c.verb, c.account_id AS "accountId", a.name AS who, c.job_id AS "jobId", c.box_id AS "boxId", c.created_at AS "createdAt",
      c.finished_at AS "finishedAt", c.delivery_id AS "deliveryId", d.door, d.tenant, d.received_at AS "receivedAt", d.processed_at AS "processedAt"
    FROM commands c LEFT JOIN accounts a ON a.id = c.account_id LEFT JOIN deliveries d ON d.id = c.delivery_id
    WHERE ${commandId === undefined ? (deliveryId === undefined ? Prisma.sql`c.job_id = ${jobId ?? null}::uuid` : Prisma.sql`c.delivery_id = ${deliveryId}::uuid`) : Prisma.sql`c.id = ${commandId}::uuid`}
    ORDER BY c.created_at, c.id LIMIT ${MOST}`;
}

async function jobOf(tx: Tx, jobId: string): Promise<TrailJob | undefined> {
  const [job] = await tx.$queryRaw<TrailJob[]>`
    SELECT id, kind, state, tries, max_tries AS "maxTries", losses, holder, error_code AS "errorCode", box_id AS "boxId",
      created_at AS "createdAt", started_at AS "startedAt", finished_at AS "finishedAt", run_at AS "runAt"
    FROM jobs WHERE id = ${jobId}::uuid`;
  return job;
}

async function stepsOf(tx: Tx, jobId: string): Promise<TrailStep[]> {
  return tx.$queryRaw`
    SELECT label, state, started_at AS "startedAt", took_ms AS "tookMs" FROM steps WHERE job_id = ${jobId}::uuid ORDER BY ordinal`;
}

/** There is an index for the finals and for the progress of a job, so these are asked for as such. */
async function messagesOf(
  tx: Tx,
  {
    commandIds,
    jobId,
    messageId,
  }: { commandIds: readonly string[]; jobId: string | undefined; messageId: string | undefined },
): Promise<TrailMessage[]> {
  return tx.$queryRaw`
    SELECT m.id, m.kind, m.state, m.door, m.wanted, m.sent, m.tries, m.created_at AS "createdAt", m.sent_at AS "sentAt" FROM messages m
    WHERE (m.kind = 'final' AND m.command_id = ANY(${[...commandIds]}::uuid[])) OR (m.kind = 'progress' AND m.job_id = ${jobId ?? null}::uuid)
      OR m.id = ${messageId ?? null}::uuid
      OR m.notice_id IN (SELECT n.id FROM notices n WHERE n.event = ANY(${eventsOf(jobId)}))
    ORDER BY m.id LIMIT ${MOST}`;
}

async function noticesOf(tx: Tx, jobId: string): Promise<TrailNotice[]> {
  return tx.$queryRaw`
    SELECT id, kind, state, tried, created_at AS "createdAt" FROM notices WHERE event = ANY(${eventsOf(jobId)}) ORDER BY created_at, id`;
}

/** The events of a job that people are told of; see `worker/tell-owner.ts`. */
function eventsOf(jobId: string | undefined): string[] {
  return jobId === undefined ? [] : ['error', 'recovered', 'host'].map((kind) => `${kind}:${jobId}`);
}

/** The one that was asked for; else the last ones of a box; else those of all that lies on the way. */
async function failuresIn(
  tx: Tx,
  asked: { failure: Failure | undefined; boxId: string | undefined; subjects: readonly (string | undefined)[] },
): Promise<readonly Failure[]> {
  if (asked.failure !== undefined) return [asked.failure];
  if (asked.boxId !== undefined) return failuresOfBox(tx, asked.boxId, MOST_FAILURES);
  return failuresOfSubjects(
    tx,
    asked.subjects.filter((one) => one !== undefined),
  );
}

const idsOf = (rows: readonly { id: string }[]): string[] => rows.map((row) => row.id);

async function boxOf(tx: Tx, boxId: string): Promise<Trail['box']> {
  const [box] = await tx.$queryRaw<NonNullable<Trail['box']>[]>`
    SELECT b.id, b.name, b.state, b.desired, b.state_since AS "stateSince", b.provider, a.name AS owner
    FROM boxes b JOIN accounts a ON a.id = b.account_id WHERE b.id = ${boxId}::uuid`;
  return box;
}
