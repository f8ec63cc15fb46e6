// How a Web API method says no: `{ok: false, error: code}`, with what Slack adds for some codes.

/** `more` joins the answer, e.g. `needed` and `provided` of `missing_scope`. */
export class SlackRefusal extends Error {
  readonly code: string;
  readonly more: Readonly<Record<string, unknown>>;

  constructor(code: string, more: Readonly<Record<string, unknown>> = {}) {
    super(code);
    this.code = code;
    this.more = more;
  }
}

/** As Slack lists what is wrong with blocks (`errors` too) and with other arguments. */
export function complaining(code: string, complaints: readonly string[]): SlackRefusal {
  const messages = complaints.map((complaint) => `[ERROR] ${complaint}`);
  return new SlackRefusal(code, {
    ...(code === 'invalid_blocks' ? { errors: complaints } : {}),
    response_metadata: { messages },
  });
}
