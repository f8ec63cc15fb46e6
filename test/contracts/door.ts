// What every door promises: each door's test calls this once, with its own platform behind it.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Door } from '../../src/bots/door.ts';
import type { Arrival } from '../../src/threads/arrival.ts';
import { type MessageBody, type Reply, say } from '../../src/threads/reply.ts';
import { type Conversation, createFakeIntake, type FakeIntake, messageTo } from '../fakes/intake.ts';

/** Something that a person said, and what they have been shown for it. */
export interface Said {
  /** Everything of ours that the person sees, in its present form: an edited message once, as it reads now. */
  shown(): string;
  /** Whether the platform was told that what was said has arrived; resolves once that is known. */
  acknowledged(): Promise<boolean>;
  /** The person leaves for good: hangs up, archives the channel. Resolves when the door can know. */
  leave(): Promise<void>;
  /** The platform delivers the same thing a second time. */
  again?(): Promise<void>;
}

export interface DoorSubject {
  door: Door;
  person: {
    /** The first argument is a command as people type it in this door. */
    says(command: string): Promise<Said>;
  };
  /** Says it as this bot itself, as another bot, as an edit. */
  robotsSay?(command: string): Promise<void>;
  /** The platform refuses the next send with a rate limit of this long. */
  limitNextSend?(retryAfterMs: number): void;
  /** Another instance of the same door, as after a restart: open, on the same platform. */
  restarted(intake: FakeIntake): Promise<Door>;
  close(): Promise<void>;
}

const DONE = 'it-is-done-51f3';
const SIGNAL_MS = 10_000;

/** What of the contract only some platforms can break. */
export interface DoorTroubles {
  /** The same thing may be delivered twice: `Said.again`. */
  repeats?: boolean;
  /** Others than proven people speak: `DoorSubject.robotsSay`. */
  robots?: boolean;
  /** Sends may be limited: `DoorSubject.limitNextSend`. */
  limits?: boolean;
  /** False: the platform cannot change what was sent, so nothing is shown before the final. */
  progress?: false;
}

export function doorContract(
  title: string,
  setUp: (intake: FakeIntake) => Promise<DoorSubject>,
  troubles: DoorTroubles = {},
): void {
  describe(`${title} keeps the promises of a door`, () => {
    let intake: FakeIntake;
    let subject: DoorSubject;
    let conversations: Conversation[];

    beforeEach(async () => {
      intake = createFakeIntake();
      conversations = [];
      intake.answer = async (conversation) => void conversations.push(conversation);
      subject = await setUp(intake);
      intake.speakThrough(subject.door);
    });
    afterEach(() => subject.close());

    async function conversationOf(
      command: string,
    ): Promise<{ said: Said; conversation: Conversation; arrival: Arrival }> {
      const before = conversations.length;
      const said = await subject.person.says(command);
      const conversation = await expect
        .poll(() => conversations[before], { timeout: SIGNAL_MS })
        .toBeDefined()
        .then(() => conversations[before]);
      if (conversation === undefined) throw new Error('nothing arrived');
      return { said, conversation, arrival: conversation.arrival };
    }

    const body = (reply: Reply): MessageBody => ({ kind: 'reply', reply });
    const send = (door: Door, arrival: Arrival, id: string) =>
      door.send(
        messageTo(arrival, { kind: 'final', id, revision: 1, body: body(say(DONE)) }),
        AbortSignal.timeout(SIGNAL_MS),
      );
    const times = (said: Said, text: string): number => said.shown().split(text).length - 1;

    it('hands in what a person said, with who said it and where answers go', async () => {
      const { said, conversation, arrival } = await conversationOf('list');
      expect(arrival.door).toBe(subject.door.name);
      expect(arrival.text).toContain('list');
      expect(arrival.speaker.door).toBe(subject.door.name);
      for (const text of [arrival.deliveryId, arrival.speaker.subject, arrival.thread.key, arrival.thread.lane])
        expect(text).not.toBe('');
      expect(JSON.parse(JSON.stringify(arrival.thread.address))).toEqual(arrival.thread.address);
      await conversation.final(say(DONE));
      expect(await said.acknowledged()).toBe(true);
    });

    it('gives different arrivals different ids, and keeps the lanes it owns to itself', async () => {
      const first = await conversationOf('list');
      const second = await conversationOf('whoami');
      expect(second.arrival.deliveryId).not.toBe(first.arrival.deliveryId);
      for (const lane of subject.door.ownLanes) expect(lane.startsWith(`${subject.door.name}:`)).toBe(true);
      for (const { conversation } of [first, second]) await conversation.final(say(DONE));
    });

    if (troubles.progress !== false)
      it('shows progress as it grows, and the final, each once', async () => {
        const { said, conversation } = await conversationOf('spinup mybox');
        const home = { label: 'home-volume-7a', state: 'done', tookMs: 100 } as const;
        await conversation.progress([home]);
        await conversation.progress([home, { label: 'box-started-7b', state: 'done', tookMs: 100 }]);
        expect(await conversation.final(say(DONE))).toMatchObject({ kind: 'sent' });
        await expect.poll(() => times(said, DONE), { timeout: SIGNAL_MS }).toBe(1);
        expect([times(said, 'home-volume-7a'), times(said, 'box-started-7b')]).toEqual([1, 1]);
      });

    it('shows a final once that is sent again because its outcome was not known', async () => {
      const { said, arrival } = await conversationOf('list');
      expect(await send(subject.door, arrival, 'message-a')).toMatchObject({ kind: 'sent' });
      const repeated = {
        ...messageTo(arrival, { kind: 'final', id: 'message-a', revision: 1, body: body(say(DONE)) }),
        maybeSent: true,
      };
      expect(await subject.door.send(repeated, AbortSignal.timeout(SIGNAL_MS))).toMatchObject({ kind: 'sent' });
      await expect.poll(() => times(said, DONE), { timeout: SIGNAL_MS }).toBe(1);
    });

    it('never loses a final silently: one for somebody who left is sent elsewhere or kept with a reason', async () => {
      const { said, conversation } = await conversationOf('spinup mybox');
      await said.leave();
      const result = await conversation.final(say(DONE));
      if (result.kind === 'keep') expect(result.reason).not.toBe('');
      else expect(times(said, DONE)).toBe(1);
    });

    it('can send to a thread from before a restart, or says that it is to be kept', async () => {
      const { said, arrival } = await conversationOf('spinup mybox');
      await subject.door.close();
      const door = await subject.restarted(createFakeIntake());
      try {
        const stored: Arrival = JSON.parse(JSON.stringify(arrival));
        const result = await send(door, stored, 'message-b');
        if (result.kind === 'keep') expect(result.reason).not.toBe('');
        else await expect.poll(() => times(said, DONE), { timeout: SIGNAL_MS }).toBe(1);
      } finally {
        await door.close();
      }
    });

    it('does not acknowledge what could not be written down', async () => {
      intake.accept = () => Promise.reject(new Error('the database is away'));
      const said = await subject.person.says('list');
      expect(await said.acknowledged()).toBe(false);
      expect(said.shown()).not.toContain('the database is away');
    });

    if (troubles.repeats)
      it('does one thing once, however often the platform delivers it', async () => {
        const { said, conversation } = await conversationOf('list');
        if (said.again === undefined) throw new Error('again() is missing');
        await said.again();
        await said.again();
        await conversation.final(say(DONE));
        expect(new Set(intake.arrivals.map((arrival) => arrival.deliveryId)).size).toBe(1);
        await expect.poll(() => times(said, DONE), { timeout: SIGNAL_MS }).toBe(1);
      });

    if (troubles.robots)
      it('never answers itself, another bot, or an edit', async () => {
        if (subject.robotsSay === undefined) throw new Error('robotsSay() is missing');
        await subject.robotsSay('list');
        // What comes after it was looked at after it.
        const { conversation } = await conversationOf('whoami');
        await conversation.final(say(DONE));
        expect(intake.arrivals).toHaveLength(1);
      });

    if (troubles.limits)
      it('says how long to wait when the platform limits it, and loses nothing by that', async () => {
        if (subject.limitNextSend === undefined) throw new Error('limitNextSend() is missing');
        const { said, arrival } = await conversationOf('list');
        subject.limitNextSend(2000);
        await expect(send(subject.door, arrival, 'message-c')).rejects.toMatchObject({
          code: 'rate_limited',
          retryAfterMs: 2000,
        });
        expect(times(said, DONE)).toBe(0);
        expect(await send(subject.door, arrival, 'message-c')).toMatchObject({ kind: 'sent' });
        await expect.poll(() => times(said, DONE), { timeout: SIGNAL_MS }).toBe(1);
      });
  });
}
