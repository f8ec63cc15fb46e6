// What ends a quickstart: Ctrl-C, SIGTERM, or the end of npm, which a kill -9 takes away without a word to us.
import { readFile } from 'node:fs/promises';
import { stopSignal } from '../../src/verbs/stop-signal.ts';

const LOOK_EVERY_MS = 1000;

/** Aborted at the first of them; Ctrl-C a second later ends the process at once. */
export function endOfQuickstart(source: NodeJS.Process, runByNpm: boolean, tell: (line: string) => void): AbortSignal {
  const asked = stopSignal(source, tell);
  const left = new AbortController();
  source.on('SIGHUP', () => left.abort(new Error('the terminal is gone')));
  if (runByNpm) watchParents(source.ppid, () => left.abort(new Error('npm is gone')));
  return AbortSignal.any([asked, left.signal]);
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
