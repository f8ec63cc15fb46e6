// From Slack to a real box, through the real program: on every way in, and with the program killed on the way.
import { readFile } from 'node:fs/promises';
import Docker from 'dockerode';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { MANIFEST } from '../bots/slack/open-door.ts';
import type { Actor } from '../fakes/slack/actor.ts';
import { type FakeSlack, openSlack } from '../fakes/slack/slack.ts';
import { eventually } from '../support/eventually.ts';
import { openProgram, type Program } from '../support/program.ts';
import { logInWith } from './log-in.ts';

const READY_MS = 60_000;
const KILLS = 5;

describe('Slack and a real box', { timeout: 240_000 }, () => {
  let slack: FakeSlack;
  let program: Program;
  let key: string;
  let people = 0;

  beforeAll(async () => {
    slack = await openSlack({ ...MANIFEST, postBurst: 20, timesFaster: 5 });
    program = await openProgram({
      SLACK_BOT_TOKEN: slack.app.botToken,
      SLACK_SIGNING_SECRET: slack.app.signingSecret,
      SLACK_API_URL: slack.apiUrl,
    });
    slack.deliverTo([`http://127.0.0.1:${program.httpPort}/slack/events`]);
    await eventually('the warning', () => program.printed().includes('set SSH_PUBLIC_HOST') || undefined);
    expect(program.printed()).toContain('Slack      HTTP, at /slack/events');
    key = await program.key('ana');
  }, 180_000);
  afterAll(async () => {
    await program.close();
    await slack.close();
  });

  async function newcomer(): Promise<{ person: Actor; room: string }> {
    people += 1;
    const person = slack.user(`person-${people}`);
    const room = slack.addChannel(`room-${people}`).id;
    const line = (await readFile(`${key}.pub`, 'utf8')).trim();
    person.says(`keys add ${line}`, { channel: person.im });
    await eventually('the key', () => person.sees(person.im).includes('opens your boxes') || undefined);
    return { person, room };
  }
  const ready = (person: Actor, channel: string) =>
    eventually(
      'the box',
      () => (person.sees(channel).includes('is ready') ? person.sees(channel) : undefined),
      READY_MS,
    );

  const logIn = (seen: string) => logInWith(program, key, seen);
  let after: (() => Promise<void>) | undefined;
  afterEach(async () => {
    await after?.();
    after = undefined;
  });
  const destroyAfterwards = (person: Actor) => {
    after = async () => {
      person.says('destroy mybox --yes', { channel: person.im });
      await eventually('no box', () => person.sees(person.im).includes('mybox is destroyed') || undefined, READY_MS);
    };
  };

  test.each([
    ['a slash command', (person: Actor, room: string) => person.types('/shellbox spinup mybox', { channel: room })],
    ['a mention', (person: Actor, room: string) => person.says('@shellbox spinup mybox', { channel: room })],
  ])('%s makes a box whose thread holds root, log and one final, and the line out of it logs in', async (_, asks) => {
    const { person, room } = await newcomer();
    destroyAfterwards(person);
    asks(person, room);
    const seen = await ready(person, room);
    expect(await logIn(seen)).toBe('0 mybox');
    await eventually(
      'the light',
      () => (person.sees(room).includes('mybox · person') && person.sees(room).includes('● running')) || undefined,
    );
    for (const part of ['✓ home volume', '✓ box started', '✓ SSH answers', 'is ready'])
      expect(person.sees(room).split(part).length - 1, part).toBe(1);
  });

  test('a direct message makes a box', async () => {
    const { person } = await newcomer();
    destroyAfterwards(person);
    person.says('spinup mybox', { channel: person.im });
    expect(await logIn(await ready(person, person.im))).toBe('0 mybox');
  });

  test('a button makes a box', async () => {
    const { person, room } = await newcomer();
    destroyAfterwards(person);
    const asked = person.types('/shellbox spinup My_Box!', { channel: room });
    await eventually('the refusal', () => asked.shown(person.id).includes('cannot be in a box name') || undefined);
    person.clicks({ channel: room }, 'Spinup my-box');
    expect(await logIn(await ready(person, room))).toBe('0 my-box');
    person.says('destroy my-box --yes', { channel: person.im });
    after = async () => {
      await eventually('no box', () => person.sees(person.im).includes('my-box is destroyed') || undefined, READY_MS);
    };
  });

  test.each(Array.from({ length: KILLS }, (_, at) => at))(
    'killed on the way, moment %i: one final, one box',
    async (moment) => {
      const { person, room } = await newcomer();
      destroyAfterwards(person);
      const gone = slack.failNext('chat.postMessage', { kind: 'none' });
      person.types('/shellbox spinup mybox', { channel: room });
      await gone.met;
      await new Promise((resolve) => setTimeout(resolve, moment * 120));
      await program.kill('SIGKILL');
      await program.start();
      expect(await logIn(await ready(person, room))).toBe('0 mybox');
      await eventually('the light', () => person.sees(room).includes('● running') || undefined);
      const seen = person.sees(room);
      expect([seen.split('is ready').length - 1, seen.split('● running').length - 1]).toEqual([1, 1]);
      const containers = await new Docker().listContainers({ filters: { label: [] } });
      const ours = containers.filter(({ Ports }) => Ports.some(({ PublicPort }) => seen.includes(`-p ${PublicPort} `)));
      expect(ours).toHaveLength(1);
    },
  );
});
