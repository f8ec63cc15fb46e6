// What every job file declares, and what it is given.
import type { Gateway } from '../boxes/card.ts';
import type { Tiers } from '../boxes/sizes.ts';
import type { Logger } from '../log.ts';
import type { Provider } from '../providers/provider.ts';
import type { Box } from '../store/boxes.ts';
import type { Database, Tx } from '../store/database.ts';
import type { ClaimedJob, JobKind } from '../store/jobs.ts';
import type { Reply } from '../threads/reply.ts';
import type { SpecSource } from './box-spec.ts';
import type { Steps } from './progress.ts';
import type { Tenure } from './tenure.ts';

export interface JobContext {
  /** For what is read, and for what is true whoever holds the job; all other writes go through `tenure`. */
  db: Database;
  job: ClaimedJob;
  /** As it was when the job was claimed. */
  box: Box;
  provider: Provider;
  tenure: Tenure;
  /** `tenure.signal` and the job's deadline. */
  signal: AbortSignal;
  /** Until when somebody else may have asked for the same: in an earlier try, or in an earlier job of a box that never ran or is in error. It may come to light late. */
  takenOver: Date | undefined;
  steps: Steps;
  source: SpecSource;
  gateway: Gateway;
  destroyKeepHours: number;
  tiers: Tiers;
  now: () => Date;
  logger: Logger;
}

export interface JobHandler {
  kind: JobKind;
  /** The whole job must be over by then, milliseconds. */
  deadlineMs: number;
  /**
   * `up`: it starts a box; network, host rules and image have to stand, and what it leaves half up has to be stopped. `nothing`: the box
   * stays as it is, and a failure is none of the box's.
   */
  brings: 'up' | 'down' | 'nothing';
  /** What people read above the steps. */
  title(box: Box): string;
  /** Does the work; what it returns is written, together with the end of the job and the final replies, in one transaction. */
  run(context: JobContext): Promise<JobEnd>;
  /** Written together with the end of a job that failed for good: what it was to make is not wanted any more. */
  undo?(tx: Tx, job: ClaimedJob): Promise<void>;
  /** The final reply when it failed for good. */
  failed(box: Box, problem: string): Reply;
}

export interface JobEnd {
  /** The last writes; false when the state table or a later claim forbids them. Nothing is written when it is left out. */
  commit?(tx: Tx): Promise<boolean>;
  reply: Reply;
}
