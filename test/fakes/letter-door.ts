// A door whose arrivals are answered as a whole, as mails are: tests hand letters in and read what was sent.
import { randomUUID } from 'node:crypto';
import type { Door, OutgoingMessage } from '../../src/bots/door.ts';
import type { Intake } from '../../src/threads/arrival.ts';
import type { HeldBack, Transcript } from '../../src/threads/reply.ts';

export interface LetterDoor extends Door {
  /** Hands a letter in; resolves once it is written down and was looked at. */
  writes(person: string, text: string, options?: { thread?: string }): Promise<void>;
  sent(person: string): readonly OutgoingMessage[];
  /** The answers to whole letters. */
  answers(person: string): readonly Transcript[];
  /** Why answers were not handed over, whoever was to get them. */
  readonly held: readonly HeldBack[];
}

export function createLetterDoor(): LetterDoor {
  const posted: OutgoingMessage[] = [];
  const held: HeldBack[] = [];
  let open: Intake | undefined;
  const sent = (person: string) => posted.filter(({ thread }) => thread.address.to === person);
  return {
    name: 'letters',
    traits: { name: 'letters', yesConfirms: false, lights: false },
    lookup: 'none',
    ownLanes: [],
    open: async (intake) => {
      open = intake;
    },
    close: async () => {},
    async send(message) {
      posted.push(message);
      return { kind: 'sent', platformId: message.id };
    },
    heldBack: (reason) => void held.push(reason),
    held,
    async writes(person, text, { thread = randomUUID() } = {}) {
      const accepted = await open?.accept({
        door: 'letters',
        tenant: '',
        deliveryId: randomUUID(),
        thread: { key: thread, address: { to: person }, lane: `letters:${person}` },
        speaker: { door: 'letters', tenant: '', subject: person, display: person },
        text,
        interactive: true,
        whole: true,
      });
      await open?.work(accepted?.delivery ?? '');
    },
    sent,
    answers: (person) => sent(person).flatMap(({ body }) => (body.kind === 'transcript' ? [body] : [])),
  };
}
