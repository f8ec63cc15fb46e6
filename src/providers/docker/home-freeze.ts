// A mounted home that stays as it is for a moment: whoever writes to it waits, and nothing of the file system is in memory only.
import { stat } from 'node:fs/promises';
import { exitStatus, runOnHost } from './host-command.ts';

const SYNC_TIMEOUT_MS = 5 * 60_000;
const FREEZE_TIMEOUT_MS = 60_000;

/** It was frozen by us, and nobody knows whether it still is. */
export class StillFrozenError extends Error {
  override readonly name = 'StillFrozenError';
}

/** A program that was told to freeze does so, whether or not somebody still waits for it: so it is waited for. */
const waitedFor = (): AbortSignal => new AbortController().signal;

/**
 * Runs `work` while nothing in the file system changes; thaws in every outcome. `inside`: a folder in the file system, `outside`: one
 * beyond it. Rejects when the file system is frozen already, when somebody else thawed it in between, so that it may have changed, and with
 * StillFrozenError. fsfreeze(8), ioctl_fsfreeze(2).
 */
export async function whileFrozen<T>(
  { inside, outside }: { inside: string; outside: string },
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  // A folder that is not in a file system of its own would freeze the host's.
  const [own, host] = await Promise.all([stat(inside), stat(outside)]);
  if (own.dev === host.dev) throw new Error(`${inside} is not in a file system of its own`);
  signal.throwIfAborted();
  await freeze(inside);
  let result: T;
  try {
    result = await work();
  } catch (error) {
    await release(inside);
    throw error;
  }
  if (!(await release(inside))) throw new Error(`${inside} was thawed by somebody else`);
  return result;
}

/** What programs have written and is in memory only goes to the disk: a freeze does the same, while everybody waits. */
export async function flush(inside: string, signal: AbortSignal): Promise<void> {
  await runOnHost({ file: 'sync', argv: ['--file-system', inside], signal, timeoutMs: SYNC_TIMEOUT_MS });
}

async function freeze(inside: string): Promise<void> {
  const argv = ['--freeze', inside];
  try {
    await runOnHost({ file: 'fsfreeze', argv, signal: waitedFor(), timeoutMs: FREEZE_TIMEOUT_MS });
  } catch (error) {
    // With a status it did not freeze, because somebody else has; without one nobody knows.
    if (typeof exitStatus(error) !== 'number') await release(inside);
    throw error;
  }
}

async function release(inside: string): Promise<boolean> {
  try {
    return await thaw(inside);
  } catch (cause) {
    throw new StillFrozenError(`${inside} could not be thawed`, { cause });
  }
}

/** False when it was not frozen. */
export async function thaw(inside: string): Promise<boolean> {
  const argv = ['--unfreeze', inside];
  try {
    await runOnHost({ file: 'fsfreeze', argv, signal: waitedFor(), timeoutMs: FREEZE_TIMEOUT_MS });
    return true;
  } catch (error) {
    if (typeof exitStatus(error) === 'number') return false;
    throw error;
  }
}
