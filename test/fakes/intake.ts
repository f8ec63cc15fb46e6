// An intake in memory: writes arrivals down once and answers them by a script, through the door's own `send`.
import type { Door, OutgoingMessage, SendResult } from '../../src/bots/door.ts';
import type { Arrival, Intake } from '../../src/threads/arrival.ts';
import type { MessageBody, ProgressLine, Reply } from '../../src/threads/reply.ts';
import type { Address } from '../../src/threads/thread.ts';

export interface Conversation {
  arrival: Arrival;
  /** The progress message, in its newest form. */
  progress(lines: readonly ProgressLine[], note?: string): Promise<SendResult>;
  notice(reply: Reply): Promise<SendResult>;
  final(reply: Reply): Promise<SendResult>;
}

export interface FakeIntake extends Intake {
  readonly arrivals: Arrival[];
  readonly results: { kind: OutgoingMessage['kind']; result: SendResult }[];
  /** Who answers; replaced by tests. */
  answer: (conversation: Conversation) => Promise<void>;
  /** The door through which answers go. */
  speakThrough(door: Pick<Door, 'send'>): void;
}

/** A message of the house into the thread that `arrival` came from. */
export function messageTo(
  { door, tenant, thread, deliveryId, speaker, ticket }: Arrival,
  what: Pick<OutgoingMessage, 'kind' | 'id' | 'revision' | 'body'>,
): OutgoingMessage {
  const ref = { id: thread.key, door, tenant, address: thread.address };
  const asker = { subject: speaker.subject, display: speaker.display, ticket, askedAt: new Date() };
  return {
    ...what,
    thread: ref,
    visibility: 'thread',
    platformId: undefined,
    maybeSent: false,
    command: deliveryId,
    asker,
  };
}

export function createFakeIntake(): FakeIntake {
  let door: Pick<Door, 'send'> | undefined;
  let messages = 0;
  const byDelivery = new Map<string, Arrival>();
  /** As the house keeps them: where a thread turned out to be, and what a message is called on the platform. */
  const addresses = new Map<string, Address>();
  const platformIds = new Map<string, string>();

  async function deliver(
    arrival: Arrival,
    kind: OutgoingMessage['kind'],
    id: string,
    revision: number,
    body: MessageBody,
  ): Promise<SendResult> {
    if (door === undefined) throw new Error('no door to speak through');
    const { key } = arrival.thread;
    const address = addresses.get(key) ?? arrival.thread.address;
    const message = messageTo({ ...arrival, thread: { ...arrival.thread, address } }, { kind, id, revision, body });
    const result = await door.send({ ...message, platformId: platformIds.get(id) }, AbortSignal.timeout(10_000));
    if (result.kind === 'sent') {
      platformIds.set(id, result.platformId);
      if (result.place !== undefined) addresses.set(key, result.place.address);
    }
    intake.results.push({ kind, result });
    return result;
  }

  const intake: FakeIntake = {
    arrivals: [],
    results: [],
    answer: async () => {},
    speakThrough(speaking) {
      door = speaking;
    },
    async accept(arrival) {
      const duplicate = byDelivery.has(arrival.deliveryId);
      if (!duplicate) {
        byDelivery.set(arrival.deliveryId, arrival);
        intake.arrivals.push(arrival);
      }
      return { delivery: arrival.deliveryId, duplicate };
    },
    async work(delivery) {
      const arrival = byDelivery.get(delivery);
      if (arrival === undefined) throw new Error(`no delivery ${delivery}`);
      let revision = 0;
      const progressId = `message-${++messages}`;
      await intake.answer({
        arrival,
        progress: (lines, note) =>
          deliver(arrival, 'progress', progressId, ++revision, {
            kind: 'progress',
            progress: { title: arrival.text, lines, ...(note === undefined ? {} : { note }) },
          }),
        notice: (reply) => deliver(arrival, 'notice', `message-${++messages}`, 1, { kind: 'notice', reply }),
        final: (reply) => deliver(arrival, 'final', `message-${++messages}`, 1, { kind: 'reply', reply }),
      });
    },
  };
  return intake;
}
