// Turns what the Docker engine, the host's programs and the file system report into the provider's errors.
import { ProviderError, type ProviderErrorCode } from '../provider.ts';
import { isStatus } from './engine-status.ts';

/** What was asked, for the sentence people read: `The Docker engine did not <doing> …`. */
export interface Asked {
  doing: string;
  /** The caller's signal: an end by it is a cancellation, an end by a deadline is not. */
  signal: AbortSignal;
  deadlineMs?: number | undefined;
  /** What a 404 means here; a missing container by default. */
  missing?: 'vanished' | 'image_missing';
}

const UNREACHABLE = {
  ENOENT: 'Install Docker and start it, e.g. "apt-get install docker.io", or set DOCKER_HOST.',
  ECONNREFUSED: 'Start the Docker engine, or set DOCKER_HOST to one that runs.',
  EACCES: 'Run as root or as a member of the group "docker".',
  EPERM: 'Run as root or as a member of the group "docker".',
  ENOTFOUND: 'Check the host name in DOCKER_HOST.',
  EHOSTUNREACH: 'Check the address in DOCKER_HOST.',
  ECONNRESET: 'Look whether the Docker engine still runs.',
  EPIPE: 'Look whether the Docker engine still runs.',
  ETIMEDOUT: 'Check the address in DOCKER_HOST.',
} as const satisfies Record<string, string>;

export const NO_SPACE_REMEDY = 'Free some disk space, e.g. with "docker system prune", or destroy boxes.';

/**
 * The engine answers all of these with 500 and nothing but prose; the text is Docker's own or the kernel's, and has been
 * the same since Docker 1.x.
 */
const PROSE: readonly { text: RegExp; code: ProviderErrorCode; message: string; remedy: string }[] = [
  { text: /no space left on device/i, code: 'no_space', message: 'The host’s disk is full.', remedy: NO_SPACE_REMEDY },
  {
    text: /port is already allocated|address already in use/i,
    code: 'port_taken',
    message: 'The SSH port of this box is used by another program.',
    remedy: 'The operator can stop that program; a box made anew gets another port (BOX_PORTS says which).',
  },
];

/** For work that may end without asking anybody. */
export function throwIfCancelled(asked: Asked): void {
  if (asked.signal.aborted) throw toProviderError(asked.signal.reason, asked);
}

/** Any failure as a ProviderError; one that is one already passes through. */
export function toProviderError(error: unknown, asked: Asked): ProviderError {
  if (error instanceof ProviderError) return error;
  if (asked.signal.aborted) {
    return new ProviderError('timeout', `Cancelled while Docker was asked to ${asked.doing}.`, { cause: error });
  }
  const name = error instanceof Error ? error.name : '';
  if (name === 'TimeoutError' || name === 'AbortError') {
    const seconds = asked.deadlineMs === undefined ? '' : ` within ${asked.deadlineMs / 1000} s`;
    return new ProviderError('timeout', `Docker did not ${asked.doing}${seconds}.`, { cause: error });
  }
  const remedy = unreachable(error);
  if (remedy !== undefined) {
    return new ProviderError('unavailable', 'The Docker engine does not answer.', { remedy, cause: error });
  }
  return answered(error, asked);
}

/** The remedy when the engine was not reached, from the errno of the connection. */
function unreachable(error: unknown): string | undefined {
  const errno = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  return Object.entries(UNREACHABLE).find(([name]) => name === errno)?.[1];
}

function answered(error: unknown, { doing, missing = 'vanished' }: Asked): ProviderError {
  if (isStatus(error, 404)) {
    return missing === 'vanished'
      ? new ProviderError('vanished', 'The box’s container is gone.', { cause: error })
      : new ProviderError('image_missing', 'The image of a box is not in the Docker engine.', {
          remedy: 'Restart Shellbox, which builds it; an image of your own (BOX_IMAGE) is fetched with "docker pull".',
          cause: error,
        });
  }
  const text = error instanceof Error ? error.message : '';
  const known = PROSE.find((prose) => prose.text.test(text));
  if (known !== undefined) {
    return new ProviderError(known.code, known.message, { remedy: known.remedy, cause: error });
  }
  if (isStatus(error, 400) || isStatus(error, 403) || isStatus(error, 409)) {
    return new ProviderError('invalid', `Docker refused to ${doing}.`, { cause: error });
  }
  return new ProviderError('unavailable', `Docker could not ${doing}.`, {
    remedy: 'The engine’s own words are in the log.',
    cause: error,
  });
}
