// A deadline for work that cannot be interrupted.
import { ShellboxError } from '../errors.ts';

/** Rejects with `too_late` when it takes longer; what becomes of the work then is nobody's concern here. */
export function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new ShellboxError('too_late', `Not written down within ${ms} ms.`)), ms);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
}
