// The door to the small chat platform: the shape of Slack's and Discord's, without their formats.
import Fastify, { type FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type Door, type OutgoingMessage, RateLimited, type SendResult } from '../../src/bots/door.ts';
import type { Arrival, Intake } from '../../src/threads/arrival.ts';
import { type Block, type MessageBody, replyOf } from '../../src/threads/reply.ts';

const arrivalSchema: z.ZodType<Arrival> = z.object({
  door: z.literal('chat'),
  tenant: z.string(),
  deliveryId: z.string(),
  thread: z.object({ key: z.string(), address: z.record(z.string(), z.string()), lane: z.string() }),
  speaker: z.object({ door: z.string(), tenant: z.string(), subject: z.string(), display: z.string() }),
  text: z.string(),
  interactive: z.boolean(),
});

export interface ChatDoor extends Door {
  /** Where the platform delivers to, once it is open. */
  inbound(): string;
}

export function createChatDoor(platform: string): ChatDoor {
  let app: FastifyInstance | undefined;
  let origin = '';

  async function call(path: string, body: object, signal: AbortSignal): Promise<unknown> {
    const answer = await fetch(new URL(path, platform), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal,
    });
    const value: unknown = await answer.json();
    if (answer.status === 429) {
      const { retryAfterMs } = z.object({ retryAfterMs: z.number() }).parse(value);
      throw new RateLimited('The chat wants us to wait.', retryAfterMs);
    }
    if (!answer.ok) throw new Error(`The chat answered with status ${answer.status}.`);
    return value;
  }
  const idOf = (value: unknown): string | null =>
    z.object({ platformId: z.string().nullable() }).parse(value).platformId;

  return {
    name: 'chat',
    traits: { name: 'chat', yesConfirms: true, lights: true },
    lookup: 'find',
    ownLanes: [],
    inbound: () => `${origin}/arrive`,
    async open(intake: Intake) {
      app = Fastify({ forceCloseConnections: true });
      app.post('/arrive', async (request) => {
        const { delivery } = await intake.accept(arrivalSchema.parse(request.body));
        // As a chat platform wants it: acknowledged first, worked on afterwards.
        setImmediate(() => void intake.work(delivery).catch(() => {}));
        return {};
      });
      origin = await app.listen({ host: '127.0.0.1', port: 0 });
    },
    async close() {
      await app?.close();
    },
    async send(message: OutgoingMessage, signal): Promise<SendResult> {
      const askedAt = Date.now();
      const found =
        message.platformId ?? (message.maybeSent ? idOf(await call('/find', { row: message.id }, signal)) : null);
      const { thread } = z.object({ thread: z.string() }).parse(message.thread.address);
      const { id: row, kind } = message;
      const body = { row, thread, kind, text: textOf(message.body), platformId: found, askedAt };
      return { kind: 'sent', platformId: idOf(await call('/send', body, signal)) ?? '' };
    },
  };
}

function textOf(body: MessageBody): string {
  if (body.kind === 'light') return `${body.light.box} ${body.light.owner} ${body.light.state}`;
  if (body.kind === 'progress') {
    const { note, lines } = body.progress;
    return [...(note === undefined ? [] : [note]), ...lines.map((line) => `${line.state} ${line.label}`)].join('\n');
  }
  return replyOf(body).blocks.map(blockText).join('\n');
}

function blockText(block: Block): string {
  if (block.kind === 'text' || block.kind === 'code') return block.text;
  if (block.kind === 'table') return block.rows.map((row) => row.join(' ')).join('\n');
  if (block.kind === 'actions') return block.actions.map((action) => `[${action.label}]`).join(' ');
  return block.command;
}
