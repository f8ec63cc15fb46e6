// The one error class of Shellbox: a literal code, a message for people, what to do next, and the original as cause.

export type Reader = 'everybody' | 'operator';

export interface ErrorDetails {
  /** The next thing to do or to type, as a whole sentence or a command. */
  remedy?: string | undefined;
  /** Who can follow the remedy; where only operators can, people are told to ask one. Everybody by default. */
  remedyFor?: Reader | undefined;
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
  readonly remedyFor: Reader;

  constructor(code: Code, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'ShellboxError';
    this.code = code;
    this.remedy = details.remedy;
    this.remedyFor = details.remedyFor ?? 'everybody';
  }
}

/** The error's sentence for people; anything that is not ours gets a neutral one, because its text may hold anything. */
export function messageForPeople(error: unknown): string {
  if (!(error instanceof ShellboxError)) return 'Something went wrong on our side; the operator finds it in the log.';
  const { message, remedy, remedyFor } = error;
  if (remedy === undefined) return message;
  return `${message} ${remedyFor === 'operator' ? 'Ask an operator: the log says what to do.' : remedy}`;
}

/** The same with the remedy, whoever can follow it: for the operator's own terminal and pages. */
export function messageForOperators(error: unknown): string {
  if (!(error instanceof ShellboxError) || error.remedy === undefined) return messageForPeople(error);
  return `${error.message} ${error.remedy}`;
}
