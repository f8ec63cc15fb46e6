// How long this thread's own work held up its event loop: time of the processor, so that what else the machine does does not count.

const EVERY_MS = 5;

/** The most this thread worked without a pause while `work` was under way, milliseconds. */
export async function longestWorkWhile(work: () => Promise<unknown>): Promise<number> {
  let longestUs = 0;
  let before = cpuUs();
  const look = (): void => {
    const now = cpuUs();
    longestUs = Math.max(longestUs, now - before);
    before = now;
  };
  const timer = setInterval(look, EVERY_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  look();
  return longestUs / 1e3;
}

function cpuUs(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}
