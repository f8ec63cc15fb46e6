// With which HTTP status the Docker engine refused; its words are prose and decide nothing.

export function isStatus(error: unknown, status: number): boolean {
  return error instanceof Error && 'statusCode' in error && error.statusCode === status;
}

/** There is no such container, image, network or volume. */
export const isNotFound = (error: unknown): boolean => isStatus(error, 404);
