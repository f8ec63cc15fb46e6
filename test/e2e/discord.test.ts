// From Discord to a real box, through the real program: on every way in, and with the program killed on the way.
import { readFile } from 'node:fs/promises';
import Docker from 'dockerode';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Actor } from '../fakes/discord/actor.ts';
import { type FakeDiscord, openDiscord } from '../fakes/discord/discord.ts';
import { eventually } from '../support/eventually.ts';
import { openProgram, type Program } from '../support/program.ts';
import { logInWith } from './log-in.ts';

const READY_MS = 60_000;
const KILLS = 5;
const POST = 'POST /channels/{channel_id}/messages';

describe('Discord and a real box', { timeout: 240_000 }, () => {
  let discord: FakeDiscord;
  let program: Program;
  let key: string;
  let people = 0;

  beforeAll(async () => {
    discord = await openDiscord({ messagesPerWindow: 50 });
    program = await openProgram({
      DISCORD_TOKEN: discord.app.token,
      DISCORD_APPLICATION_ID: discord.app.id,
      DISCORD_API_URL: discord.apiUrl,
      DISCORD_SIGNUP: discord.guildId,
    });
    await discord.gateway.connected(1, AbortSignal.timeout(READY_MS));
    await eventually('the warning', () => program.printed().includes('People in Discord are shown') || undefined);
    expect(program.printed()).toContain('Discord    by its gateway');
    key = await program.key('ana');
  }, 180_000);
  afterAll(async () => {
    await program.close();
    await discord.close();
    expect(discord.faults()).toEqual([]);
  });

  async function newcomer(): Promise<{ person: Actor; room: string }> {
    people += 1;
    const person = discord.user(`person-${people}`);
    discord.addChannel(`room-${people}`);
    const room = `#room-${people}`;
    const value = (await readFile(`${key}.pub`, 'utf8')).trim();
    // In the server, because who may sign up is told by it; direct messages do not say.
    await person.runs('keys', { action: 'add', value }, { channel: room }).acknowledged();
    await eventually('the key', () => person.sees(room).includes('opens your boxes') || undefined);
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
  const destroyAfterwards = (person: Actor, name = 'mybox') => {
    after = async () => {
      person.says(`destroy ${name} --yes`, { channel: person.dm });
      await eventually('no box', () => person.sees(person.dm).includes(`${name} is destroyed`) || undefined, READY_MS);
    };
  };

  test.each([
    ['a slash command', (person: Actor, channel: string) => person.runs('spinup', { name: 'mybox' }, { channel })],
    ['a mention', (person: Actor, channel: string) => person.says('@Shellbox spinup mybox', { channel })],
  ])('%s makes a box whose thread holds light, log and one final, and the line out of it logs in', async (_, asks) => {
    const { person, room } = await newcomer();
    destroyAfterwards(person);
    asks(person, room);
    const seen = await ready(person, room);
    expect(await logIn(seen)).toBe('0 mybox');
    await eventually('the light', () => person.sees(room).includes('● running') || undefined);
    for (const part of ['✓ home volume', '✓ box started', '✓ SSH answers', 'is ready', '● running'])
      expect(person.sees(room).split(part).length - 1, part).toBe(1);
  });

  test('a direct message makes a box', async () => {
    const { person } = await newcomer();
    destroyAfterwards(person);
    person.says('spinup mybox', { channel: person.dm });
    expect(await logIn(await ready(person, person.dm))).toBe('0 mybox');
  });

  test('a button makes a box', async () => {
    const { person, room } = await newcomer();
    destroyAfterwards(person, 'my-box');
    const asked = person.runs('spinup', { name: 'My_Box!' }, { channel: room });
    await eventually('the refusal', () => asked.shown(person.id).includes('cannot be in a box name') || undefined);
    person.clicks({ channel: room }, 'Spinup my-box');
    expect(await logIn(await ready(person, room))).toBe('0 my-box');
  });

  test.each(Array.from({ length: KILLS }, (_, at) => at))(
    'killed on the way, moment %i: one final, one box',
    async (moment) => {
      const { person, room } = await newcomer();
      destroyAfterwards(person);
      const gone = discord.failNext(POST, { kind: 'none' });
      await person.runs('spinup', { name: 'mybox' }, { channel: room }).acknowledged();
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
