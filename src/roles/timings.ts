// How long things may take and how often the house looks round; tests shorten them.
export interface Timings {
  /** A worker's hold on a job; renewed three times in this time. */
  leaseMs: number;
  /** A bots process's hold on a lane. */
  laneLeaseMs: number;
  /** Pause of the first retry of a job. */
  firstRetryMs: number;
  reconcileMs: number;
  /** How much longer than two turns what comes round is one process's. */
  roundMarginMs: number;
  /** How often unsent messages and abandoned deliveries are looked for. */
  pollMs: number;
  /** How old an unprocessed delivery is when its process is taken for dead. */
  abandonedMs: number;
  sealMs: number;
  /** Minute watch of disks. */
  watchMs: number;
  /** How often what is older than is kept is deleted. */
  tidyMs: number;
  orphanGraceMs: number;
  retryErrorMs: number;
  /** Time for running jobs to finish at SIGTERM; the rest of the 30 s is for handing back. */
  drainMs: number;
}

export const TIMINGS: Timings = {
  leaseMs: 15_000,
  laneLeaseMs: 15_000,
  firstRetryMs: 1000,
  reconcileMs: 30_000,
  roundMarginMs: 5000,
  pollMs: 1000,
  abandonedMs: 10_000,
  sealMs: 2000,
  watchMs: 60_000,
  tidyMs: 3_600_000,
  orphanGraceMs: 60_000,
  retryErrorMs: 60_000,
  drainMs: 20_000,
};
