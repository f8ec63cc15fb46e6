// The Discord door under the contract of all doors, by slash command, mention and direct message.
import { afterAll, beforeAll, expect } from 'vitest';
import type { Door } from '../../../src/bots/door.ts';
import type { Intake } from '../../../src/threads/arrival.ts';
import { type DoorSubject, doorContract, type Said } from '../../contracts/door.ts';
import type { Act } from '../../fakes/discord/act.ts';
import type { Actor } from '../../fakes/discord/actor.ts';
import type { FakeIntake } from '../../fakes/intake.ts';
import { eventually } from '../../support/eventually.ts';
import { openTestStore, type TestStore } from '../../support/store.ts';
import { discordDoor, openServer } from './open-door.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

type Says = (ana: Actor, command: string) => Act;

const WAYS: Readonly<Record<string, Says>> = {
  'by slash command': (ana, command) => {
    const [name = '', value] = command.split(' ');
    const path = name === 'whoami' ? `more ${name}` : name;
    return ana.runs(path, value === undefined ? {} : { name: value }, { channel: '#dev' });
  },
  'by mention': (ana, command) => ana.says(`@Shellbox ${command}`, { channel: '#dev' }),
  'in direct messages': (ana, command) => ana.says(command, { channel: ana.dm }),
};

/** Nothing tells the sender of a message that it has arrived, so whether it was written down is asked here. */
function watched(intake: FakeIntake) {
  const outcomes = new Map<string, boolean>();
  const accept: Intake['accept'] = async (arrival) => {
    try {
      const accepted = await intake.accept(arrival);
      outcomes.set(arrival.deliveryId, true);
      return accepted;
    } catch (error) {
      outcomes.set(arrival.deliveryId, false);
      throw error;
    }
  };
  const outcome = (id: string) =>
    eventually('an outcome', () => (outcomes.has(id) ? { written: outcomes.get(id) === true } : undefined));
  return { intake: { accept, work: (delivery: string) => intake.work(delivery) }, outcome };
}

async function setUp(intake: FakeIntake, says: Says): Promise<DoorSubject> {
  const watch = watched(intake);
  const space = await openServer(watch.intake, store.db, { discord: { answerDeadlineMs: 1_000 } });
  const { discord, ana } = space;
  const later: Door[] = [];
  return {
    door: space.door,
    person: {
      async says(command): Promise<Said> {
        const act = says(ana, command);
        return {
          shown: () => act.shown(ana.id),
          again: async () => discord.gateway.repeat(),
          async acknowledged() {
            if (act.message === undefined) return (await act.acknowledged()).ok;
            return (await watch.outcome(act.message.id)).written;
          },
          async leave() {
            discord.removeChannel('#dev');
            ana.takesMessages(false);
          },
        };
      },
    },
    async robotsSay(command) {
      discord.otherBotSays(`<@${discord.app.id}> ${command}`, { channel: '#dev' });
      const said = ana.says('hello', { channel: '#dev' });
      if (said.message !== undefined) ana.edits(said.message, `@Shellbox ${command}`);
    },
    limitNextSend(retryAfterMs) {
      for (const route of [
        'POST /channels/{channel_id}/messages',
        'PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original',
      ])
        discord.failNext(route, { kind: 'wait', seconds: retryAfterMs / 1000 });
    },
    async restarted(next) {
      const door = discordDoor(discord, store.db);
      later.push(door);
      await door.open(next);
      return door;
    },
    async close() {
      await Promise.all(later.map((door) => door.close()));
      await space.close();
      expect(discord.faults()).toEqual([]);
      expect(discord.notifications).toEqual([]);
    },
  };
}

for (const [way, says] of Object.entries(WAYS))
  doorContract(`The Discord door, ${way},`, (intake) => setUp(intake, says), {
    repeats: true,
    robots: true,
    limits: true,
  });
