// Sends commands, events and clicks to the app's request URL, signed, and waits three seconds for the acknowledgement.
import { isRecord } from './arguments.ts';
import type { Attempt, AttemptOptions, Carrier, Outgoing } from './carrier.ts';
import { sign } from './signing.ts';

export interface HttpCarrierOptions {
  /** Request URLs; each next request goes to the next one, as behind a load balancer. */
  requestUrls: () => readonly string[];
  signingSecret: string;
  ackDeadlineMs: number;
  now: () => number;
}

export function createHttpCarrier(options: HttpCarrierOptions): Carrier {
  let turn = 0;

  function target(to: string | undefined): string | undefined {
    if (to !== undefined) return to;
    const urls = options.requestUrls();
    turn += 1;
    return urls[(turn - 1) % Math.max(1, urls.length)];
  }

  return {
    async carry(outgoing, attempt) {
      const startedMs = performance.now();
      const to = target(attempt.to);
      const ended = (outcome: Attempt['outcome'], rest: Partial<Attempt> = {}): Attempt => ({
        outcome,
        to: to ?? '',
        retryNumber: attempt.retryNumber,
        status: undefined,
        answer: undefined,
        noRetry: false,
        ...rest,
        tookMs: performance.now() - startedMs,
      });
      if (to === undefined) return ended('unreachable');
      const deadline = AbortSignal.timeout(options.ackDeadlineMs);
      try {
        const response = await fetch(to, { ...request(outgoing, attempt, options), signal: deadline });
        const text = await response.text();
        return ended(response.ok ? 'acknowledged' : 'refused', {
          status: response.status,
          answer: answerOf(text, response.headers.get('content-type')),
          noRetry: response.headers.get('x-slack-no-retry') === '1',
        });
      } catch {
        return ended(deadline.aborted ? 'late' : 'unreachable');
      }
    },
  };
}

function request(outgoing: Outgoing, attempt: AttemptOptions, options: HttpCarrierOptions): RequestInit {
  const { contentType, text } = encoded(outgoing);
  const { body, headers } = sign(text, contentType, options.signingSecret, options.now(), attempt.tampering);
  const retry: Record<string, string> =
    attempt.retryNumber === 0
      ? {}
      : {
          'x-slack-retry-num': String(attempt.retryNumber),
          'x-slack-retry-reason': attempt.retryReason ?? 'http_error',
        };
  return { method: 'POST', body, headers: { ...headers, ...retry }, redirect: 'manual' };
}

function encoded({ kind, payload }: Outgoing): { contentType: string; text: string } {
  if (kind === 'events_api') return { contentType: 'application/json', text: JSON.stringify(payload) };
  const contentType = 'application/x-www-form-urlencoded';
  if (kind === 'interactive')
    return { contentType, text: new URLSearchParams({ payload: JSON.stringify(payload) }).toString() };
  const fields = Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, String(value)]));
  return { contentType, text: new URLSearchParams(fields).toString() };
}

/** A text that is no JSON is a message, as in the answer to a command. */
function answerOf(text: string, contentType: string | null): Record<string, unknown> | undefined {
  if (text.trim() === '') return undefined;
  if (contentType?.startsWith('application/json') !== true) return { text };
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return { text };
  }
}
