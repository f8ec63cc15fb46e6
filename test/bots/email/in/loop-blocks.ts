// How long this thread's event loop was held up, and how much of that was its own work.
import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface Blocks {
  /** Of all turns of the loop, 99 of 100 came no later than this. Other programs on the machine count in. */
  delayMs: number;
  /** The most this thread worked without a pause. */
  ownWorkMs: number;
}

const EVERY_MS = 5;

/** Measures while `work` is under way. */
export async function blocksWhile(work: () => Promise<unknown>): Promise<Blocks> {
  const delay = monitorEventLoopDelay({ resolution: EVERY_MS });
  let ownWorkUs = 0;
  let before = cpuUs();
  const timer = setInterval(() => {
    const now = cpuUs();
    ownWorkUs = Math.max(ownWorkUs, now - before);
    before = now;
  }, EVERY_MS);
  delay.enable();
  try {
    await work();
  } finally {
    delay.disable();
    clearInterval(timer);
  }
  return { delayMs: delay.percentile(99) / 1e6, ownWorkMs: ownWorkUs / 1e3 };
}

function cpuUs(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}
