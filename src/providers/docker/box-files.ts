// Host key, access keys and greeting of a box: how they get into its container, and up to date.
import { randomUUID } from 'node:crypto';
import { access, chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';
import type { ContainerInspectInfo, MountSettings } from 'dockerode';
import { type BoxSpec, ProviderError } from '../provider.ts';
import { BOX_PATHS, greetingText } from '../shared/box-system.ts';
import { ask, type Docker } from './engine.ts';
import { NO_SPACE_REMEDY } from './errors.ts';
import { type ArchiveFile, boxArchive } from './image-archive.ts';

/**
 * `folder`: read-only folders of the host, written directly and replaced file by file in one step; no request to the
 * engine. `archive`: put into the container by the engine, 60 ms each time, where it does not share this file system.
 */
export type Delivery = 'folder' | 'archive';

const PUT_MS = 30_000;
const withNewline = (text: string) => (text.endsWith('\n') ? text : `${text}\n`);

/** What a box needs before it starts. */
export function firstFiles(box: BoxSpec): ArchiveFile[] {
  return [{ ...BOX_PATHS.hostKey, text: withNewline(box.hostKey.privateKey.reveal()) }, ...laterFiles(box)];
}

/** What may change while it runs, and counts from the next log-in on. */
export function laterFiles(box: BoxSpec): ArchiveFile[] {
  return [
    { ...BOX_PATHS.authorizedKeys, text: box.authorizedKeys.map(withNewline).join('') },
    { ...BOX_PATHS.greeting, text: greetingText({ name: box.boxName, stopNote: box.stopNote }) },
  ];
}

/** Folders of the box that hold such files, and whether others than root may look into them there. */
const FOLDERS = [
  { target: posix.dirname(BOX_PATHS.hostKey.path), mode: 0o700 },
  { target: posix.dirname(BOX_PATHS.authorizedKeys.path), mode: 0o755 },
] as const;

/** `/etc/shellbox` lies in `<dir>/etc`. */
const sourceOf = (dir: string, target: string): string => join(dir, target.split('/')[1] ?? '');

/** Read-only, so that a box's root cannot lock its person or the gateway out. */
export function folderMounts(dir: string): MountSettings[] {
  return FOLDERS.map(({ target }) => ({ Type: 'bind', Source: sourceOf(dir, target), Target: target, ReadOnly: true }));
}

/** How the container was made. */
export function deliveryOf(container: ContainerInspectInfo): Delivery {
  const targets = container.Mounts.map(({ Destination }) => Destination);
  return FOLDERS.every(({ target }) => targets.includes(target)) ? 'folder' : 'archive';
}

/** Writes files into the host's folders of a box; each is whole at any moment. */
export async function writeFolders(dir: string, files: readonly ArchiveFile[]): Promise<void> {
  try {
    for (const { target, mode } of FOLDERS) {
      const folder = sourceOf(dir, target);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      // Whoever made it may have been killed before this: a folder that its person cannot look into lets nobody log in.
      await chmod(folder, mode);
    }
    await Promise.all(files.map((file) => writeWhole(dir, file)));
  } catch (cause) {
    const full = cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC';
    if (full) throw new ProviderError('no_space', 'The host’s disk is full.', { remedy: NO_SPACE_REMEDY, cause });
    throw new ProviderError('unavailable', 'The keys of the box could not be written on the host.', { cause });
  }
}

/** The umask takes rights from a new file, so they are given afterwards. All belong to root, as this process does. */
async function writeWhole(dir: string, { path, mode, text }: ArchiveFile): Promise<void> {
  const folder = sourceOf(dir, posix.dirname(path));
  const unfinished = join(folder, `.${randomUUID()}`);
  await writeFile(unfinished, text, { mode: 0o600 });
  await chmod(unfinished, mode);
  await rename(unfinished, join(folder, basename(path)));
}

export async function removeFolders(dir: string): Promise<void> {
  const there = await access(dir).then(
    () => true,
    () => false,
  );
  if (there) await rm(dir, { recursive: true, force: true });
}

/** Puts files into a running or stopped container. */
export async function putFiles(
  docker: Docker,
  ref: string,
  files: readonly ArchiveFile[],
  signal: AbortSignal,
): Promise<void> {
  await ask({ doing: 'put keys into the box', signal, deadlineMs: PUT_MS }, (abortSignal) =>
    docker.getContainer(ref).putArchive(boxArchive(files), { path: '/', abortSignal }),
  );
}
