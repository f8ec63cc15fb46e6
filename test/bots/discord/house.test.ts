// Discord and the whole house behind it: what people type and press, and what they then read.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDiscordDoor } from '../../../src/bots/discord/discord.ts';
import { createLogger } from '../../../src/log.ts';
import { createChatHouse } from '../../../src/roles/chat-house.ts';
import { type FakeDiscord, openDiscord } from '../../fakes/discord/discord.ts';
import { eventually } from '../../support/eventually.ts';
import { openTestHouse, type TestHouse } from '../../support/house.ts';

let discord: FakeDiscord;
let house: TestHouse;
beforeAll(async () => {
  discord = await openDiscord({ messagesPerWindow: 50 });
  discord.user('ana');
  discord.user('ben');
  discord.addChannel('dev');
  house = await openTestHouse({
    doors: ({ db, now, processId }) => [
      createDiscordDoor({
        token: discord.app.token,
        applicationId: discord.app.id,
        guildId: undefined,
        apiUrl: discord.apiUrl,
        house: createChatHouse(db),
        db,
        holder: processId,
        now,
        logger: createLogger({ level: process.env.LAB_LOG ?? 'silent', secrets: [] }),
        pace: { burst: 20, everyMs: 50 },
      }),
    ],
  });
  await discord.gateway.connected(1, AbortSignal.timeout(10_000));
}, 60_000);
afterAll(async () => {
  await house.close();
  await discord.close();
});

const sees = (part: string) =>
  eventually(
    `"${part}" in the channel`,
    () => (discord.transcript('#dev').includes(part) ? discord.transcript('#dev') : undefined),
    30_000,
  );

test('a slash command makes a box whose thread holds light, progress and one final, and ends as the button says', async () => {
  const ana = discord.user('ana');
  const act = ana.runs('spinup', { name: 'mybox' }, { channel: '#dev' });
  expect(await act.acknowledged()).toMatchObject({ ok: true });
  await sees('mybox is ready');
  const seen = await sees('● running');
  for (const part of ['✓ home volume', '✓ box started', '✓ SSH answers', 'mybox is ready', '● running'])
    expect(seen.split(part).length - 1, part).toBe(1);
  expect(seen).toMatch(/ssh -p \d+ dev@127\.0\.0\.1/);
  expect(discord.faults()).toEqual([]);
  expect(discord.notifications).toEqual([]);
});
