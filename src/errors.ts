// The one error class of Shellbox: a literal code, a message for people, what to do next, and the original as cause.

export interface ErrorDetails {
  /** The next thing to do or to type, as a whole sentence or a command. */
  remedy?: string | undefined;
  /** What went wrong underneath; for the log, never for a chat. */
  cause?: unknown;
}

/**
 * An error whose `message` may be shown to people. Vendors' raw texts belong in `cause`.
 *
 * `code` is a stable snake_case word; decisions are made on it, never on the message.
 */
export class ShellboxError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly remedy: string | undefined;

  constructor(code: Code, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'ShellboxError';
    this.code = code;
    this.remedy = details.remedy;
  }
}

/** The error's sentence for people; anything that is not ours gets a neutral one, because its text may hold anything. */
export function messageForPeople(error: unknown): string {
  if (!(error instanceof ShellboxError)) return 'Something went wrong on our side; the operator finds it in the log.';
  return error.remedy === undefined ? error.message : `${error.message} ${error.remedy}`;
}
