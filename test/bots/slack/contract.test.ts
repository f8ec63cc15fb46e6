// The Slack door under the contract of all doors, over HTTP and in Socket Mode, by slash command, mention and direct message.
import { type DoorSubject, doorContract, type Said } from '../../contracts/door.ts';
import type { FakeIntake } from '../../fakes/intake.ts';
import type { Act } from '../../fakes/slack/act.ts';
import type { Actor } from '../../fakes/slack/actor.ts';
import type { FakeSlack } from '../../fakes/slack/slack.ts';
import { type OpenDoor, openSlackDoor, openWorkspace } from './open-door.ts';

type Says = (slack: FakeSlack, ana: Actor, command: string) => Act;

const WAYS: Readonly<Record<string, Says>> = {
  'by slash command': (_, ana, command) => ana.types(`/shellbox ${command}`, { channel: '#dev' }),
  'by mention': (_, ana, command) => ana.says(`@shellbox ${command}`, { channel: '#dev' }),
  'in direct messages': (_, ana, command) => ana.says(command, { channel: ana.im }),
};

async function setUp(intake: FakeIntake, mode: 'http' | 'socket', says: Says): Promise<DoorSubject> {
  const space = await openWorkspace(intake, { mode, slack: { ackDeadlineMs: 3_000 } });
  const { slack, ana } = space;
  const others: OpenDoor[] = [];
  return {
    door: space.door,
    person: {
      async says(command): Promise<Said> {
        const act = says(slack, ana, command);
        const delivery = act.deliveries[0];
        return {
          shown: () => act.shown(ana.id),
          acknowledged: async () => (await act.acknowledged()).ok,
          async leave() {
            slack.channel('#dev').archived = true;
          },
          async again() {
            if (delivery === undefined) throw new Error('nothing was sent');
            await ana.forges(delivery.outgoing.kind, delivery.outgoing.payload).acknowledged();
          },
        };
      },
    },
    async robotsSay(command) {
      slack.otherBotSays(`<@${slack.app.botUserId}> ${command}`, { channel: '#dev' });
      const said = ana.says('hello', { channel: '#dev' });
      if (said.message !== undefined) await ana.edits(said.message, `@shellbox ${command}`).acknowledged();
      await slack.idle();
    },
    limitNextSend(retryAfterMs) {
      for (const method of ['chat.postMessage', 'chat.postEphemeral'])
        slack.failNext(method, { kind: 'wait', seconds: retryAfterMs / 1000 });
    },
    async restarted(later) {
      const again = await openSlackDoor(slack, later, { mode });
      others.push(again);
      return again.door;
    },
    async close() {
      await slack.idle();
      await Promise.all(others.map((one) => one.close()));
      await space.close();
    },
  };
}

for (const [way, says] of Object.entries(WAYS))
  doorContract(`The Slack door over HTTP, ${way},`, (intake) => setUp(intake, 'http', says), {
    repeats: true,
    robots: true,
    limits: true,
  });
doorContract(
  'The Slack door in Socket Mode',
  (intake) => setUp(intake, 'socket', (_, ana, command) => ana.types(`/shellbox ${command}`, { channel: '#dev' })),
  { repeats: true, robots: true, limits: true },
);
