// A short conversation that a live test posts through a door's own sender: a light, a card of steps, a final, each once.
import { v7 as uuidv7 } from 'uuid';
import type { OutgoingMessage, SendResult } from '../../src/bots/door.ts';
import { type MessageBody, say } from '../../src/threads/reply.ts';
import type { Address } from '../../src/threads/thread.ts';

type Send = (message: OutgoingMessage, signal: AbortSignal) => Promise<SendResult>;

const SEND_MS = 20_000;

/** The ids of what was posted. Each is sent a second time as if the first answer had been lost. */
export async function converse(door: string, address: Address, send: Send): Promise<string[]> {
  const ids: string[] = [];
  let place = address;
  const bodies: [OutgoingMessage['kind'], MessageBody][] = [
    [
      'light',
      {
        kind: 'light',
        light: { box: 'live-test', owner: 'a test', state: 'running', since: new Date().toISOString() },
      },
    ],
    [
      'progress',
      {
        kind: 'progress',
        progress: { title: 'Trying it out', lines: [{ label: 'a step', state: 'done', tookMs: 100 }] },
      },
    ],
    ['final', { kind: 'reply', reply: say('This is a live test of Shellbox; it removes what it wrote.') }],
  ];
  for (const [kind, body] of bodies) {
    const message = messageOf(door, place, kind, body);
    const first = await send(message, AbortSignal.timeout(SEND_MS));
    const again = await send({ ...message, maybeSent: true }, AbortSignal.timeout(SEND_MS));
    if (first.kind !== 'sent' || again.kind !== 'sent') throw new Error(JSON.stringify([first, again]));
    if (first.platformId !== again.platformId) throw new Error('What was posted was not found again.');
    ids.push(first.platformId);
    place = first.place?.address ?? place;
  }
  return ids;
}

function messageOf(door: string, address: Address, kind: OutgoingMessage['kind'], body: MessageBody): OutgoingMessage {
  return {
    id: uuidv7(),
    thread: { id: 'live', door, tenant: '', address },
    kind,
    visibility: 'thread',
    body,
    revision: 1,
    platformId: undefined,
    maybeSent: false,
    command: undefined,
    asker: undefined,
  };
}
