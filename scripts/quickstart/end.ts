// What ends a quickstart: Ctrl-C, SIGTERM, or the end of npm, which a kill -9 takes away without a word to us.
import { readFile } from 'node:fs/promises';

const LOOK_EVERY_MS = 1000;

/** Aborted at the first of them; a second Ctrl-C ends the process at once. */
export function endOfQuickstart(source: NodeJS.Process, runByNpm: boolean): AbortSignal {
  const end = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    source.on(signal, () => (end.signal.aborted ? source.exit(130) : end.abort(new Error(signal))));
  }
  if (runByNpm) watchParents(source.ppid, () => end.abort(new Error('npm is gone')));
  return end.signal;
}

/** npm runs a shell that runs us: the shell may stay when npm is killed, with another parent. */
function watchParents(parent: number, onGone: () => void): void {
  const first = parentOf(parent);
  setInterval(async () => {
    if ((await parentOf(parent)) !== (await first)) onGone();
  }, LOOK_EVERY_MS).unref();
}

/** Undefined when the process is gone. */
async function parentOf(pid: number): Promise<string | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return /^PPid:\t(\d+)$/m.exec(status)?.[1];
}
