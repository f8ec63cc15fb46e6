// The image of a box, and building it when its recipe changed.
import type Docker from 'dockerode';
import { ShellboxError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { isNotFound, isStatus } from './engine-status.ts';
import { hostAptBuildArgs } from './image-apt.ts';
import { type Base, ensureBase } from './image-base.ts';
import { drainEngineEvents } from './image-events.ts';
import { BASE_KINDS, RECIPE_DIR, RECIPE_LABEL, type Recipe, readRecipe } from './image-recipe.ts';
import { withMachineLock } from './machine-lock.ts';

/** The port of sshd inside a box. */
export const BOX_SSH_PORT = 22;

/** The environment variable of the container that gives sudo (`1`); anything else, or nothing, takes it away. */
export const BOX_SUDO_ENV = 'SHELLBOX_SUDO';

/** The environment variable a gateway sends with its session, so that the greeting names the person's address, not its own. */
export const BOX_FROM_ENV = 'SHELLBOX_FROM';

export interface BoxImageOptions {
  docker: Docker;
  /** Name of the image, `shellbox-box:latest`. */
  tag: string;
  /** A finished step in one line, with its time: `base system by debootstrap  35 s`. */
  onProgress: (line: string) => void;
  signal: AbortSignal;
  logger?: Logger | undefined;
  /** The recipe's folder; the project's `image/` by default. */
  recipeDir?: string;
  /** Where debootstrap works; see BaseOptions. */
  workDir?: string;
  /** Milliseconds of a clock that only runs forward. */
  nowMs?: () => number;
}

export interface BoxImage {
  id: string;
  /** False when the image was current and nothing was done. */
  built: boolean;
}

/** The label with the name that an image was built for; it finds the ones that lost that name. */
const NAME_LABEL = 'shellbox.image';
const BUILD_DEADLINE_MS = 20 * 60_000;

/**
 * Makes sure that the image `tag` is what the recipe describes. Returns at once when its label says so; otherwise builds,
 * within 20 minutes. May be called again and from several processes at once: one builds, the others wait and find it done.
 * Throws ShellboxError with codes image_base_unavailable, image_base_failed, image_base_mounted, image_build_failed; the
 * engine's own words are in `cause`.
 */
export async function ensureBoxImage(options: BoxImageOptions): Promise<BoxImage> {
  const { docker, tag, onProgress, recipeDir = RECIPE_DIR } = options;
  const recipe = await readRecipe(recipeDir);
  const before = await inspect(docker, tag);
  if (before !== undefined && isCurrent(before, recipe)) return { id: before.id, built: false };

  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(BUILD_DEADLINE_MS)]);
  const onWait = () => onProgress('waiting for another build of the box image');
  return withMachineLock('shellbox-image', { signal, onWait }, async () => {
    const now = await inspect(docker, tag);
    if (now !== undefined && isCurrent(now, recipe)) return { id: now.id, built: false };
    onProgress(now === undefined ? 'building the box image' : 'the recipe changed: building the box image again');
    return buildFrom(recipe, options, signal);
  });
}

async function buildFrom(recipe: Recipe, options: BoxImageOptions, signal: AbortSignal): Promise<BoxImage> {
  const { docker, tag, onProgress, workDir = '/var/tmp', nowMs = () => performance.now() } = options;
  const startedMs = nowMs();
  const base = await ensureBase({ docker, signal, workDir });
  const baseReadyMs = nowMs();
  if (base.made) onProgress(`${baseLine(base)}  ${seconds(baseReadyMs - startedMs)}`);

  await build(docker, tag, recipe, base, signal);
  const image = await inspect(docker, tag);
  if (image === undefined) {
    throw new ShellboxError('image_build_failed', `The image ${tag} vanished while it was built.`, {
      remedy: 'Try again.',
    });
  }
  const endedMs = nowMs();
  onProgress(`box image ${tag}, ${Math.round(image.sizeBytes / 1e6)} MB  ${seconds(endedMs - baseReadyMs)}`);
  const fields = { image: tag, base: base.image, durationMs: Math.round(endedMs - startedMs) };
  options.logger?.info(fields, 'box image built');
  await removeNameless(docker, tag);
  return { id: image.id, built: true };
}

function baseLine(base: Base): string {
  return base.kind === 'registry' ? `base system ${base.image}` : 'base system by debootstrap';
}

function seconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(durationMs < 10_000 ? 1 : 0)} s`;
}

interface ImageFacts {
  id: string;
  recipe: string | undefined;
  sizeBytes: number;
}

async function inspect(docker: Docker, tag: string): Promise<ImageFacts | undefined> {
  try {
    const { Id, Config, Size } = await docker.getImage(tag).inspect();
    return { id: Id, recipe: Config?.Labels?.[RECIPE_LABEL], sizeBytes: Size };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function isCurrent(image: ImageFacts, recipe: Recipe): boolean {
  return BASE_KINDS.some((kind) => recipe.fingerprints[kind] === image.recipe);
}

async function build(docker: Docker, tag: string, recipe: Recipe, base: Base, signal: AbortSignal): Promise<void> {
  const buildargs = { BASE: base.image, ...(await hostAptBuildArgs(signal)) };
  try {
    const context = { context: recipe.dir, src: [...recipe.files] };
    const stream = await docker.buildImage(context, {
      t: tag,
      buildargs,
      labels: { [RECIPE_LABEL]: recipe.fingerprints[base.kind], [NAME_LABEL]: tag },
      forcerm: true,
      abortSignal: signal,
      ...(await buildNetwork(docker)),
    });
    await drainEngineEvents(stream);
  } catch (cause) {
    signal.throwIfAborted();
    throw new ShellboxError('image_build_failed', `The box image ${tag} could not be built.`, {
      remedy:
        'The usual causes are a Debian mirror that cannot be reached and a full disk; the log has the last lines.',
      cause,
    });
  }
}

/**
 * The build uses the host's network, so that a mirror or proxy on it is reached even where the engine's bridge leads
 * nowhere; an engine with user namespaces refuses that, and gets its default.
 */
async function buildNetwork(docker: Docker): Promise<{ networkmode?: string }> {
  const { SecurityOptions } = await docker.info();
  const options: unknown[] = Array.isArray(SecurityOptions) ? SecurityOptions : [];
  const remapped = options.some((option) => typeof option === 'string' && /name=(userns|rootless)/.test(option));
  return remapped ? {} : { networkmode: 'host' };
}

/** Removes the images that lost the name `tag` to a newer one; what containers still use stays until the next build. */
async function removeNameless(docker: Docker, tag: string): Promise<void> {
  const filters = { dangling: ['true'], label: [`${NAME_LABEL}=${tag}`] };
  for (const { Id } of await docker.listImages({ filters: JSON.stringify(filters) })) {
    try {
      await docker.getImage(Id).remove();
    } catch (error) {
      if (!isNotFound(error) && !isStatus(error, 409)) throw error;
    }
  }
}
