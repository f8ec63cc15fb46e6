// A small chat platform on loopback: it delivers what people type until somebody acknowledges it, and remembers every message sent.
import Fastify from 'fastify';
import { z } from 'zod';
import type { Arrival } from '../../src/threads/arrival.ts';

export interface ChatMessage {
  platformId: string;
  /** The row id that the sender put in, as Slack's `metadata` or Discord's nonce. */
  row: string;
  thread: string;
  kind: string;
  text: string;
  edits: number;
  /** How long it took from the door to here: long when the sender was stopped in between. */
  onTheWayMs: number;
}

export interface Chat {
  url: string;
  /** Types a text as this person; resolves when one of the listeners acknowledged it. `copies` deliver it that many times at once; `lane` is the person's own by default. */
  type(person: string, text: string, options?: { thread?: string; copies?: number; lane?: string }): Promise<string>;
  /** Where bots listen now; may change while deliveries wait. */
  listeners: () => readonly string[];
  messages(thread: string): readonly ChatMessage[];
  all(): readonly ChatMessage[];
  /** The next sends are taken, but the answer is lost. */
  loseAnswers(count: number): void;
  /** The next sends are refused with a wish to wait. */
  limit(count: number, retryAfterMs: number): void;
  /** The next sends are answered with 500, and nothing was done. */
  fail(count: number): void;
  close(): Promise<void>;
}

export const sendSchema = z.object({
  row: z.string(),
  thread: z.string(),
  kind: z.string(),
  text: z.string(),
  platformId: z.string().nullable(),
  /** When the door was told to send it, milliseconds since 1970. */
  askedAt: z.number(),
});

const RETRY_MS = 50;
const ACK_DEADLINE_MS = 3000;

export async function startChat(listeners: () => readonly string[], signal: AbortSignal): Promise<Chat> {
  const messages: ChatMessage[] = [];
  // Many people look for their answers in what thousands were told.
  const byThread = new Map<string, ChatMessage[]>();
  const byId = new Map<string, ChatMessage>();
  const byRow = new Map<string, ChatMessage>();

  function keep(message: ChatMessage): void {
    messages.push(message);
    byThread.set(message.thread, [...(byThread.get(message.thread) ?? []), message]);
    byId.set(message.platformId, message);
    if (!byRow.has(message.row)) byRow.set(message.row, message);
  }
  let lost = 0;
  let limited = 0;
  let waitMs = 0;
  let failing = 0;
  let count = 0;
  const app = Fastify({ forceCloseConnections: true });

  app.post('/send', async (request, reply) => {
    const body = sendSchema.parse(request.body);
    if (limited > 0) {
      limited -= 1;
      return reply.status(429).send({ retryAfterMs: waitMs });
    }
    if (failing > 0) {
      failing -= 1;
      return reply.status(500).send({});
    }
    const known = body.platformId === null ? undefined : byId.get(body.platformId);
    const platformId = known?.platformId ?? `m${messages.length + 1}`;
    const { row, thread, kind, text, askedAt } = body;
    if (known === undefined) keep({ platformId, row, thread, kind, text, edits: 0, onTheWayMs: Date.now() - askedAt });
    else Object.assign(known, { text, edits: known.edits + 1 });
    if (lost > 0) {
      lost -= 1;
      request.raw.socket.destroy();
      return reply;
    }
    return { platformId };
  });
  app.post('/find', async (request) => {
    const { row } = z.object({ row: z.string() }).parse(request.body);
    return { platformId: byRow.get(row)?.platformId ?? null };
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });

  async function deliver(arrival: Arrival): Promise<void> {
    for (let attempt = count; ; attempt++) {
      signal.throwIfAborted();
      const targets = listeners();
      const target = targets[attempt % Math.max(1, targets.length)];
      if (target !== undefined && (await acknowledged(target, arrival))) return;
      await pause(RETRY_MS, signal);
    }
  }

  return {
    url,
    listeners,
    async type(person, text, options = {}) {
      count += 1;
      const id = `d${count}`;
      const thread = options.thread ?? `t${count}`;
      const arrival: Arrival = {
        door: 'chat',
        tenant: 'team',
        deliveryId: id,
        thread: { key: thread, address: { thread }, lane: options.lane ?? `chat:${person}` },
        speaker: { door: 'chat', tenant: 'team', subject: person, display: person },
        text,
        interactive: false,
      };
      await Promise.all(Array.from({ length: options.copies ?? 1 }, () => deliver(arrival)));
      return thread;
    },
    messages: (thread) => byThread.get(thread) ?? [],
    all: () => messages,
    loseAnswers: (times) => {
      lost = times;
    },
    limit: (times, retryAfterMs) => {
      limited = times;
      waitMs = retryAfterMs;
    },
    fail: (times) => {
      failing = times;
    },
    close: () => app.close(),
  };
}

async function acknowledged(target: string, arrival: Arrival): Promise<boolean> {
  try {
    const answer = await fetch(target, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(arrival),
      signal: AbortSignal.timeout(ACK_DEADLINE_MS),
    });
    return answer.status === 200;
  } catch {
    return false;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const onAbort = (): void => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
