// Failures that people were shown, by their short ids.
import { failureIdOf } from '../threads/failure.ts';
import type { Tx } from './database.ts';
import { newId } from './ids.ts';

export type FailureKind = 'job' | 'command' | 'message';

export interface NewFailure {
  kind: FailureKind;
  /** The job that failed, the command that nobody could foresee to fail, or the message that was kept. */
  subject: string;
  /** A stable word: an error's code. */
  code: string;
  /** What an operator can do. */
  remedy?: string | undefined;
  boxId?: string | undefined;
}

export interface Failure {
  id: string;
  kind: FailureKind;
  subject: string;
  code: string;
  remedy: string | null;
  boxId: string | null;
  at: Date;
}

/** Writes a failure down and returns its id; the same subject again has the id that it had. */
export async function noteFailure(tx: Tx, failure: NewFailure): Promise<string> {
  const { kind, subject, code, remedy, boxId } = failure;
  // Two ids of 40 random bits are the same once in a million million times; then another is taken.
  for (let id = failureIdOf(subject); ; id = failureIdOf(newId())) {
    await tx.$executeRaw`
      INSERT INTO failures (id, kind, subject, code, remedy, box_id)
      VALUES (${id}, ${kind}, ${subject}::uuid, ${code}, ${remedy ?? null}, ${boxId ?? null}::uuid) ON CONFLICT DO NOTHING`;
    const noted = await failureIdFor(tx, subject);
    if (noted !== undefined) return noted;
  }
}

/** The id under which this job, command or message was shown as a failure, if it was. */
export async function failureIdFor(tx: Tx, subject: string): Promise<string | undefined> {
  return (await tx.failure.findUnique({ where: { subject }, select: { id: true } }))?.id;
}

export async function failureById(tx: Tx, id: string): Promise<Failure | undefined> {
  const [row] = await tx.$queryRaw<Failure[]>`
    SELECT id, kind, subject, code, remedy, box_id AS "boxId", at FROM failures WHERE id = ${id}`;
  return row;
}

/** The last ones of a box, the newest first. */
export async function failuresOfBox(tx: Tx, boxId: string, limit: number): Promise<Failure[]> {
  return tx.$queryRaw`
    SELECT id, kind, subject, code, remedy, box_id AS "boxId", at FROM failures
    WHERE box_id = ${boxId}::uuid ORDER BY at DESC, id LIMIT ${limit}`;
}

/** Those of jobs, commands and messages, the oldest first. */
export async function failuresOfSubjects(tx: Tx, subjects: readonly string[]): Promise<Failure[]> {
  return tx.$queryRaw`
    SELECT id, kind, subject, code, remedy, box_id AS "boxId", at FROM failures
    WHERE subject = ANY(${[...subjects]}::uuid[]) ORDER BY at, id`;
}
