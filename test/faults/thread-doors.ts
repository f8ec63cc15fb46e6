// The chat doors as the tests of killed threads use them: how somebody asks, what of ours is there then, and how a post is taken without an answer.
import { setTimeout as delay } from 'node:timers/promises';
import { MANIFEST } from '../bots/slack/open-door.ts';
import { openDiscord } from '../fakes/discord/discord.ts';
import { openSlack } from '../fakes/slack/slack.ts';
import { eventually } from '../support/eventually.ts';
import type { Laboratory, LaboratoryOptions } from './laboratory.ts';

export interface Asker {
  name: string;
  /** Asks for `mybox` before it returns; false when nothing was promised, and people ask once more. */
  asks(lab: Laboratory): Promise<boolean>;
  /** How often they see this said: in their channel, its threads, direct messages, to them alone. */
  count(part: string): number;
}

export interface ThreadDoor {
  lab: LaboratoryOptions;
  /** A channel of their own; those with odd numbers ask by a mention. */
  asker(run: number): Asker;
  /** Resolves when there is somebody who could hear what is asked. */
  attended(lab: Laboratory): Promise<void>;
  /** Resolves when the platform has taken a post after so many others; who sent it hears nothing of that. */
  taken(after: number): Promise<void>;
  close(): Promise<void>;
}

/** How long a mention may take to be written down once somebody listens. */
const WRITTEN_MS = 3000;
const CONNECTED_MS = 60_000;

export async function openSlackThreads(): Promise<ThreadDoor> {
  const slack = await openSlack({ ...MANIFEST, timesFaster: 20, postBurst: 10 });
  const route = 'chat.postMessage';
  return {
    lab: { slack },
    asker(run) {
      const person = slack.user(`person-${run}`);
      const channel = slack.addChannel(`room-${run}`);
      let times = 0;
      return {
        name: person.name,
        async asks() {
          times += 1;
          const act =
            run % 2 === 1 && times === 1
              ? person.says('@shellbox spinup mybox', { channel: channel.id })
              : person.types('/shellbox spinup mybox', { channel: channel.id });
          return (await act.acknowledged()).ok;
        },
        count: (part) => timesIn([person.sees(channel.id), person.sees(person.im)], part),
      };
    },
    async attended(lab) {
      await eventually('a bots process', () => lab.members().some(({ role }) => role === 'bots'), CONNECTED_MS);
    },
    async taken(after) {
      for (let post = 0; post < after; post++) slack.failNext(route, { kind: 'none' });
      await slack.failNext(route, { kind: 'taken' }).met;
    },
    close: () => slack.close(),
  };
}

export async function openDiscordThreads(): Promise<ThreadDoor> {
  const discord = await openDiscord({ messagesPerWindow: 100 });
  const route = 'POST /channels/{channel_id}/messages';
  return {
    lab: { discord },
    asker(run) {
      const person = discord.user(`person-${run}`);
      const { name } = discord.addChannel(`room-${run}`);
      const channel = `#${name}`;
      return {
        name: person.name,
        async asks(lab) {
          if (run % 2 === 0) return (await person.runs('spinup', { name: 'mybox' }, { channel }).acknowledged()).ok;
          const { message } = person.says('@Shellbox spinup mybox', { channel });
          return isWritten(lab, message?.id ?? '');
        },
        count: (part) => timesIn([person.sees(channel), person.sees(person.dm)], part),
      };
    },
    attended: () => discord.gateway.connected(1, AbortSignal.timeout(CONNECTED_MS)),
    async taken(after) {
      for (let post = 0; post < after; post++) discord.failNext(route, { kind: 'none' });
      await discord.failNext(route, { kind: 'taken' }).met;
    },
    async close() {
      await discord.close();
      const wrong = [...discord.faults(), ...discord.notifications];
      if (wrong.length > 0) throw new Error(`Discord would have refused, or pinged people: ${JSON.stringify(wrong)}`);
    },
  };
}

const timesIn = (places: readonly string[], part: string): number => places.join('\n').split(part).length - 1;

/** Nothing tells the sender of a message that it has arrived. */
async function isWritten(lab: Laboratory, deliveryId: string): Promise<boolean> {
  for (const end = performance.now() + WRITTEN_MS; performance.now() < end; await delay(50)) {
    const rows = await lab.sql('SELECT 1 FROM deliveries WHERE delivery_id = $1', [deliveryId]);
    if (rows.length > 0) return true;
  }
  return false;
}
