// The image of a box before the first job: ours is built when it has to be, an operator's own only has to be there.
import { ShellboxError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { ProviderError } from '../provider.ts';
import { ask, type Docker } from './engine.ts';
import { toProviderError } from './errors.ts';
import { ensureBoxImage } from './image.ts';
import { OWN_IMAGE } from './options.ts';

interface Wanted {
  docker: Docker;
  image: string;
  logger: Logger;
  signal: AbortSignal;
}

/** Rejects with `image_missing`, whose remedy says how to get it. */
export async function prepareImage({ docker, image, logger, signal }: Wanted): Promise<void> {
  const doing = 'show the image of a box';
  if (image !== OWN_IMAGE) {
    await ask({ doing, signal, missing: 'image_missing' }, () => docker.getImage(image).inspect());
    return;
  }
  const onProgress = (line: string) => logger.info({ image }, line);
  try {
    signal.throwIfAborted();
    await ensureBoxImage({ docker, tag: image, onProgress, signal, logger });
  } catch (cause) {
    if (cause instanceof ShellboxError && !signal.aborted) {
      throw new ProviderError('image_missing', cause.message, { remedy: cause.remedy, cause });
    }
    throw toProviderError(cause, { doing, signal });
  }
}
