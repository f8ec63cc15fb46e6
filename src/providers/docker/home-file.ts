// A box's home as a file of limited size: sparse, ext4, mounted through a loop device on this host.
import { constants } from 'node:fs';
import { access, chmod, chown, mkdir, open, readdir, readFile, rename, rm, rmdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BOX_PATHS } from '../shared/box-system.ts';
import { thaw } from './home-freeze.ts';
import { aloneOn } from './home-lock.ts';
import { exitStatus, runOnHost } from './host-command.ts';

const GIB = 1024 ** 3;
const MKFS_TIMEOUT_MS = 60_000;
/** A journal is replayed by the mount; checking a large home after a crash may take long. */
const CHECK_TIMEOUT_MS = 10 * 60_000;
const DETACH_DEADLINE_MS = 5_000;
const DETACH_POLL_MS = 20;

/** Nothing is written at once: inode tables and journal of a fresh sparse file read as zeros. */
const MKFS = ['-q', '-F', '-b', '4096', '-m', '0', '-e', 'remount-ro'];
const MKFS_FAST = ['-E', 'discard,lazy_itable_init=1,lazy_journal_init=1'];
/** `discard` gives the space of deleted files back to the host; `noinit_itable` keeps the kernel from writing zeros. */
const MOUNT_OPTIONS = 'loop,nodev,nosuid,noatime,discard,noinit_itable';

export interface HomeFile {
  /** The file with the file system. */
  image: string;
  mountPoint: string;
  /** What a container mounts. Inside the file system, so that it only exists while that is mounted. */
  source: string;
}

export function homeFile(homesDir: string, name: string): HomeFile {
  const mountPoint = join(homesDir, name);
  return { image: join(homesDir, `${name}.img`), mountPoint, source: join(mountPoint, 'home') };
}

export const isMounted = (home: HomeFile): Promise<boolean> => exists(home.source);

export const hasFile = (home: HomeFile): Promise<boolean> => exists(home.image);

/**
 * Makes the file where there is none and mounts it where it is not; about 40 ms for a new home of any size. `fill` makes the file at
 * a path of its own otherwise than empty; of that file nothing is known before it is whole.
 */
export async function ensureFile(
  home: HomeFile,
  sizeGiB: number,
  signal: AbortSignal,
  fill: Fill = (path) => format(path, sizeGiB * GIB, signal),
): Promise<void> {
  if (await isMounted(home)) return;
  await aloneOn(home, { doing: 'make the home', signal }, async () => {
    if (!(await exists(home.image))) await make(home, fill);
    await mount(home, signal);
  });
}

/** Mounts an existing file, e.g. after the host was rebooted. */
export async function mountFile(home: HomeFile, signal: AbortSignal): Promise<void> {
  if (await isMounted(home)) return;
  await aloneOn(home, { doing: 'mount the home', signal }, () => mount(home, signal));
}

/** Unmounts, frees the loop device, removes the file; whatever of that is there. */
export async function removeFile(home: HomeFile, signal: AbortSignal): Promise<void> {
  await aloneOn(home, { doing: 'remove the home', signal }, async () => {
    await unmount(home, signal);
    for (const path of [home.image, unfinished(home)]) if (await exists(path)) await rm(path, { force: true });
    await untilDetached(home, signal);
  });
}

/** Unmounts it and frees the loop device; the file stays, whole. */
export async function putAwayFile(home: HomeFile, signal: AbortSignal): Promise<void> {
  await aloneOn(home, { doing: 'unmount the home', signal }, async () => {
    await unmount(home, signal);
    await rm(unfinished(home), { force: true });
    await untilDetached(home, signal);
  });
}

/** The mount point goes, too. */
async function unmount(home: HomeFile, signal: AbortSignal): Promise<void> {
  // A frozen file system lives on when it is unmounted, and nothing can thaw it then.
  if (await isMounted(home)) await thaw(home.source).catch(() => undefined);
  for (let left = await mountsOn(home.mountPoint); left > 0; left = await mountsOn(home.mountPoint)) {
    const umount = (argv: string[]) => runOnHost({ file: 'umount', argv: [...argv, home.mountPoint], signal });
    // Busy when a program of this host stands in it.
    await umount([]).catch(() => umount(['--lazy']));
  }
  if (await exists(home.mountPoint)) await rmdir(home.mountPoint).catch(unlessMissing);
}

/** What is in it, bytes; undefined while it is not mounted. */
export async function usedBytes(home: HomeFile): Promise<number | undefined> {
  if (!(await isMounted(home))) return undefined;
  const { blocks, bfree, bsize } = await statfs(home.mountPoint);
  return (blocks - bfree) * bsize;
}

const unfinished = (home: HomeFile): string => `${home.image}.new`;

/** Makes the file of a home at this path, where nothing is. */
export type Fill = (path: string) => Promise<void>;

/** The file gets its name when it is complete, so that one with the name always is. */
async function make(home: HomeFile, fill: Fill): Promise<void> {
  const path = unfinished(home);
  await rm(path, { force: true });
  await fill(path);
  await rename(path, home.image);
}

async function format(path: string, bytes: number, signal: AbortSignal): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.truncate(bytes);
    await runOnHost({ file: 'mkfs.ext4', argv: [...MKFS, ...MKFS_FAST, path], signal, timeoutMs: MKFS_TIMEOUT_MS });
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** Mounts it where it is not. For whoever is alone on the home already. */
export async function mount(home: HomeFile, signal: AbortSignal): Promise<void> {
  if ((await mountsOn(home.mountPoint)) === 0) {
    await mkdir(home.mountPoint, { recursive: true, mode: 0o700 });
    const argv = ['-t', 'ext4', '-o', MOUNT_OPTIONS, home.image, home.mountPoint];
    const attempt = () => runOnHost({ file: 'mount', argv, signal });
    await attempt().catch(async (error: unknown) => {
      signal.throwIfAborted();
      // Damage that the journal does not mend; 1 means mended (e2fsck(8)).
      await runOnHost({ file: 'e2fsck', argv: ['-p', home.image], signal, timeoutMs: CHECK_TIMEOUT_MS }).catch(
        (check: unknown) => {
          if (exitStatus(check) !== 1) throw error;
        },
      );
      await attempt();
    });
  }
  // Its rights are the person's own business once it is there.
  if ((await mkdir(home.source, { recursive: true })) === undefined) return;
  await chmod(home.source, BOX_PATHS.home.mode);
  await chown(home.source, BOX_PATHS.home.uid, BOX_PATHS.home.gid);
}

/** How many file systems are mounted there, one over the other. */
async function mountsOn(mountPoint: string): Promise<number> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  // The fifth field, in which blanks and the like are octal (proc(5)).
  const escaped = mountPoint.replaceAll(/[ \t\n\\]/g, (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`);
  return lines.filter((line) => line.split(' ', 5)[4] === escaped).length;
}

/**
 * The kernel frees the device when the last user of the mount is gone: a container that is just being set up elsewhere
 * holds a copy of every mount for some milliseconds.
 */
async function untilDetached(home: HomeFile, signal: AbortSignal): Promise<void> {
  const deadlineMs = performance.now() + DETACH_DEADLINE_MS;
  for (let devices = await loopsOf(home.image); devices.length > 0; devices = await loopsOf(home.image)) {
    if (performance.now() > deadlineMs) {
      throw new Error(`${devices.join(', ')} is still in use`);
    }
    for (const device of devices) {
      await runOnHost({ file: 'losetup', argv: ['--detach', device], signal }).catch(() => undefined);
    }
    await delay(DETACH_POLL_MS, undefined, { signal });
  }
}

/** Loop devices on the file, also after it was removed. */
async function loopsOf(image: string): Promise<string[]> {
  const names = (await readdir('/sys/block')).filter((name) => name.startsWith('loop'));
  const backing = await Promise.all(
    names.map((name) => readFile(`/sys/block/${name}/loop/backing_file`, 'utf8').catch(() => '')),
  );
  return names
    .filter((_, index) => backing[index]?.trim().replace(/ \(deleted\)$/, '') === image)
    .map((name) => `/dev/${name}`);
}

async function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}

function unlessMissing(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}
