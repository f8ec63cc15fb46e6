// The line with which an operator finds a failure again, wherever its cause is shown once more.
import type { Tx } from '../store/database.ts';
import { failureIdFor } from '../store/failures.ts';
import type { Job } from '../store/jobs.ts';
import { failureLine } from '../threads/failure.ts';
import { type Block, text } from '../threads/reply.ts';

/** Nothing where no job failed, or where that was so long ago that it is not known any more. */
export async function failureBlocks(tx: Tx, job: Pick<Job, 'id'> | undefined): Promise<Block[]> {
  const id = job === undefined ? undefined : await failureIdFor(tx, job.id);
  return id === undefined ? [] : [text(failureLine(id))];
}
