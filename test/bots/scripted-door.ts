// A door in this process that does with each message what the test says, and remembers what it was asked to send.
import type { Door, OutgoingMessage, Pace, SendResult } from '../../src/bots/door.ts';
import { replyOf } from '../../src/threads/reply.ts';

type Act = (message: OutgoingMessage, signal: AbortSignal) => Promise<SendResult>;

export interface ScriptedDoor extends Door {
  asked: OutgoingMessage[];
  /** The texts it was asked to send, in order. */
  texts(): string[];
  /** What becomes of the next messages, one each; after that all are sent. */
  script(...acts: Act[]): void;
}

export function createScriptedDoor(pace?: Pace): ScriptedDoor {
  const acts: Act[] = [];
  const asked: OutgoingMessage[] = [];
  return {
    name: 'chat',
    traits: { name: 'chat', yesConfirms: true, lights: false },
    lookup: 'find',
    ...(pace === undefined ? {} : { pace }),
    ownLanes: [],
    asked,
    texts: () => asked.map(textOf),
    script: (...more) => void acts.push(...more),
    open: async () => {},
    close: async () => {},
    async send(message, signal) {
      asked.push(message);
      const act = acts.shift();
      return act === undefined ? { kind: 'sent', platformId: `p-${message.id}` } : act(message, signal);
    },
  };
}

export function textOf({ body }: Pick<OutgoingMessage, 'body'>): string {
  if (body.kind === 'light') return body.light.state;
  if (body.kind === 'progress') return body.progress.lines.map((line) => line.label).join();
  return replyOf(body)
    .blocks.map((block) => (block.kind === 'text' ? block.text : ''))
    .join();
}
