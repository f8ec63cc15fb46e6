// Runs holder.ts as a process of its own, to be killed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export interface Holder {
  pid: number;
  databaseUrl: string;
  redisUrl: string;
  /** kill -9, awaited. */
  kill(): Promise<void>;
}

export async function startHolder(dataDir: string): Promise<Holder> {
  const script = fileURLToPath(new URL('./holder.ts', import.meta.url));
  const child = spawn(process.execPath, [script, dataDir], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  onTestFinished(kill);
  const [line] = await once(createInterface({ input: child.stdout }), 'line', { signal: AbortSignal.timeout(30_000) });
  const { databaseUrl, redisUrl } = JSON.parse(line);
  return { pid: child.pid ?? 0, databaseUrl, redisUrl, kill };
}
