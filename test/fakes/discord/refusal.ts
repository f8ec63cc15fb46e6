// What Discord says no with: an HTTP status, a code and a text.
// Source: https://discord.com/developers/docs/topics/opcodes-and-status-codes#json

const REFUSALS = {
  'not found': { status: 404, code: 0, message: '404: Not Found' },
  unauthorized: { status: 401, code: 0, message: '401: Unauthorized' },
  'unknown channel': { status: 404, code: 10_003, message: 'Unknown Channel' },
  'unknown guild': { status: 404, code: 10_004, message: 'Unknown Guild' },
  'unknown member': { status: 404, code: 10_007, message: 'Unknown Member' },
  'unknown message': { status: 404, code: 10_008, message: 'Unknown Message' },
  'unknown user': { status: 404, code: 10_013, message: 'Unknown User' },
  'unknown webhook': { status: 404, code: 10_015, message: 'Unknown Webhook' },
  'unknown interaction': { status: 404, code: 10_062, message: 'Unknown interaction' },
  'unknown command': { status: 404, code: 10_063, message: 'Unknown application command' },
  'already acknowledged': { status: 400, code: 40_060, message: 'Interaction has already been acknowledged.' },
  'missing access': { status: 403, code: 50_001, message: 'Missing Access' },
  'not the author': { status: 403, code: 50_005, message: 'Cannot edit a message authored by another user' },
  'empty message': { status: 400, code: 50_006, message: 'Cannot send an empty message' },
  'closed to messages': { status: 403, code: 50_007, message: 'Cannot send messages to this user' },
  'missing permissions': { status: 403, code: 50_013, message: 'Missing Permissions' },
  'wrong channel type': { status: 400, code: 50_024, message: 'Cannot execute action on this channel type' },
  'invalid webhook token': { status: 401, code: 50_027, message: 'Invalid Webhook Token' },
  'invalid form body': { status: 400, code: 50_035, message: 'Invalid Form Body' },
  'thread archived': { status: 400, code: 50_083, message: 'Thread is archived' },
  'invalid json': { status: 400, code: 50_109, message: 'The request body contains invalid JSON.' },
  'thread exists': { status: 400, code: 160_004, message: 'A thread has already been created for this message' },
} as const;

export type RefusalName = keyof typeof REFUSALS;

/** `at`: where in the body, as `embeds.0.title`, and what is wrong there. */
export interface FormError {
  at: string;
  code: string;
  message: string;
}

export class DiscordRefusal extends Error {
  readonly status: number;
  readonly code: number;
  readonly formErrors: readonly FormError[];

  constructor(name: RefusalName, formErrors: readonly FormError[] = []) {
    const refusal = REFUSALS[name];
    super(refusal.message);
    this.name = 'DiscordRefusal';
    this.status = refusal.status;
    this.code = refusal.code;
    this.formErrors = formErrors;
  }

  body(): object {
    if (this.formErrors.length === 0) return { message: this.message, code: this.code };
    return { message: this.message, code: this.code, errors: nested(this.formErrors) };
  }
}

export function formError(at: string, code: string, message: string): DiscordRefusal {
  return new DiscordRefusal('invalid form body', [{ at, code, message }]);
}

function nested(errors: readonly FormError[]): object {
  const root: Record<string, unknown> = {};
  for (const { at, code, message } of errors) {
    let here = root;
    for (const step of at.split('.').filter((part) => part !== '')) {
      const known = here[step];
      const next: Record<string, unknown> = isRecord(known) ? known : {};
      here[step] = next;
      here = next;
    }
    here._errors = [...(Array.isArray(here._errors) ? here._errors : []), { code, message }];
  }
  return root;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
