// Commands, clicks, dialogs and autocompletion at the Discord of tests, answered by discord.js.
import { type Interaction, MessageFlags, Routes } from 'discord.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { openTestBot, SHELLBOX_COMMAND, type TestBot } from './bot.ts';
import { type FakeDiscord, openDiscord } from './discord.ts';

let discord: FakeDiscord;
let bot: TestBot;
let answer: (interaction: Interaction) => Promise<unknown>;
let nowMs = Date.UTC(2026, 10, 21, 14, 0);

beforeEach(async () => {
  nowMs = Date.UTC(2026, 10, 21, 14, 0);
  discord = await openDiscord({ answerDeadlineMs: 300, now: () => nowMs });
  discord.addChannel('dev');
  bot = await openTestBot(discord, { onInteraction: (interaction) => answer(interaction) });
  await bot.rest.put(Routes.applicationCommands(discord.app.id), { body: [SHELLBOX_COMMAND] });
});
afterEach(async () => {
  await bot.close();
  expect(discord.ownFaults()).toEqual([]);
  await discord.close();
});

const at = { channel: '#dev' };
const row = (...labels: string[]) => ({
  type: 1,
  components: labels.map((label) => ({ type: 2, style: 1, label, custom_id: `do ${label}` })),
});

function original(interaction: Interaction) {
  if (!interaction.isRepliable()) throw new Error('It cannot be answered.');
  return interaction;
}

describe('a command', () => {
  it('brings its subcommand and typed options', async () => {
    const seen: unknown[] = [];
    answer = async (interaction) => {
      if (!interaction.isChatInputCommand()) return;
      const { options } = interaction;
      seen.push(
        options.getSubcommand(),
        options.getString('name'),
        options.getInteger('cpus'),
        interaction.user.username,
      );
      await interaction.reply({ content: 'ok', flags: MessageFlags.Ephemeral });
    };
    const ana = discord.user('ana');
    const act = ana.runs('spinup', { name: 'mybox', cpus: 2 }, at);
    expect(await act.acknowledged()).toMatchObject({ ok: true, type: 4, ephemeral: true });
    expect(seen).toEqual(['spinup', 'mybox', 2, 'ana']);
    expect(act.shown(ana.id)).toBe('(only ana sees) ok');
    expect(act.shown(discord.user('ben').id)).toBe('');
  });

  it('is deferred, edited and followed up', async () => {
    answer = async (interaction) => {
      const command = original(interaction);
      await command.deferReply({ flags: MessageFlags.Ephemeral });
      await command.editReply('ready');
      await command.followUp({ content: 'and more', flags: MessageFlags.Ephemeral });
    };
    const ana = discord.user('ana');
    const act = ana.runs('/shellbox spinup', { name: 'mybox' }, at);
    expect(await act.acknowledged()).toMatchObject({ ok: true, type: 5, ephemeral: true });
    await eventually('both are there', () => act.shown(ana.id) === '(only ana sees) ready\n(only ana sees) and more');
  });

  it('tells the person when nobody answers in time, and the app when it is late', async () => {
    const late = Promise.withResolvers<unknown>();
    const held = Promise.withResolvers<Interaction>();
    answer = async (interaction) => held.resolve(interaction);
    const ana = discord.user('ana');
    const act = ana.runs('spinup', { name: 'mybox' }, at);
    expect((await act.acknowledged()).ok).toBe(false);
    await original(await held.promise)
      .deferReply()
      .catch(late.resolve);
    expect(await late.promise).toMatchObject({ code: 10_062 });
    expect(act.shown(ana.id)).toBe('The application did not respond');
  });

  it('takes one answer only', async () => {
    const failed = Promise.withResolvers<unknown>();
    answer = async (interaction) => {
      const { id, token } = interaction;
      const send = () => bot.rest.post(Routes.interactionCallback(id, token), { body: { type: 5 }, auth: false });
      await send();
      await send().catch(failed.resolve);
    };
    discord.user('ana').runs('spinup', { name: 'mybox' }, at);
    expect(await failed.promise).toMatchObject({ code: 40_060 });
  });

  it('lets its token die after 15 minutes', async () => {
    const answered = Promise.withResolvers<Interaction>();
    answer = async (interaction) => {
      await original(interaction).deferReply();
      answered.resolve(interaction);
    };
    discord.user('ana').runs('spinup', { name: 'mybox' }, at);
    const interaction = original(await answered.promise);
    nowMs += 14 * 60_000;
    await interaction.editReply('in time');
    nowMs += 2 * 60_000;
    await expect(interaction.editReply('too late')).rejects.toMatchObject({ code: 50_027 });
  });

  it.each([
    ['an unknown option', { name: 'mybox', gpus: 1 }, /no option gpus/],
    ['a missing one', {}, /wants name/],
    ['one of the wrong type', { name: 'mybox', cpus: '2' }, /no number/],
    ['one beyond its limits', { name: 'mybox', cpus: 5 }, /most is 4/],
  ])('cannot be run with %s', (_what, options, message) => {
    expect(() => discord.user('ana').runs('spinup', options, at)).toThrow(message);
  });
});

describe('autocompletion', () => {
  it('offers at most 25 choices', async () => {
    const failed = Promise.withResolvers<unknown>();
    answer = async (interaction) => {
      if (!interaction.isAutocomplete()) return;
      expect(interaction.options.getFocused()).toBe('my');
      const choices = Array.from({ length: 26 }, (_, index) => ({ name: `mybox${index}`, value: `mybox${index}` }));
      await interaction.respond(choices).catch(failed.resolve);
      await interaction.respond(choices.slice(0, 25));
    };
    const act = discord.user('ana').autocompletes('stop', { box: 'my' }, 'box', at);
    expect(await failed.promise).toMatchObject({ code: 50_035 });
    expect((await act.acknowledged()).type).toBe(8);
    expect(act.choices()).toHaveLength(25);
    expect(discord.faults()).toHaveLength(1);
  });
});

describe('buttons and dialogs', () => {
  it('opens a dialog on a click, checks what is typed and sends it', async () => {
    const seen: string[] = [];
    const field = { type: 4, custom_id: 'key', style: 2, label: 'Public key', min_length: 5 };
    answer = async (interaction) => {
      if (interaction.isButton())
        await interaction.showModal({
          title: 'Your key',
          custom_id: 'm',
          components: [{ type: 1, components: [field] }],
        });
      if (!interaction.isModalSubmit()) return;
      seen.push(interaction.fields.getTextInputValue('key'));
      await interaction.reply({ content: 'works now', flags: MessageFlags.Ephemeral });
    };
    await bot.rest.post(Routes.channelMessages(discord.channel('#dev').id), {
      body: { content: 'No key.', components: [row('Paste a key')] },
    });
    const ana = discord.user('ana');
    const click = ana.clicks(at, 'Paste a key');
    expect((await click.acknowledged()).type).toBe(9);
    expect(ana.modal()).toBe('== Your key ==\nPublic key: <>\n[Cancel] [Submit]');
    expect(() => ana.submits({ 'Public key': 'x' })).toThrow('too short');
    const act = ana.submits({ 'Public key': 'ssh-ed25519 AAAA' });
    expect((await act.acknowledged()).ok).toBe(true);
    expect(seen).toEqual(['ssh-ed25519 AAAA']);
    expect(act.shown(ana.id)).toContain('works now');
    expect(ana.modal()).toBeUndefined();
  });

  it('takes a dialog whose fields are in labels', async () => {
    const input = { type: 4 as const, custom_id: 'key', style: 1 };
    const seen: string[] = [];
    answer = async (interaction) => {
      if (interaction.isChatInputCommand())
        await interaction.showModal({
          title: 'Key',
          custom_id: 'm',
          components: [{ type: 18, label: 'Key', component: input }],
        });
      if (!interaction.isModalSubmit()) return;
      seen.push(interaction.fields.getTextInputValue('key'));
      await interaction.deferReply();
    };
    const ana = discord.user('ana');
    await ana.runs('spinup', { name: 'mybox' }, at).acknowledged();
    await ana.submits({ Key: 'mine' }).acknowledged();
    expect(seen).toEqual(['mine']);
  });

  it('changes the message that was clicked', async () => {
    answer = async (interaction) => {
      if (interaction.isButton())
        await interaction.update({ content: `stopped by ${interaction.customId}`, components: [] });
    };
    await bot.rest.post(Routes.channelMessages(discord.channel('#dev').id), {
      body: { content: 'mybox', components: [row('Stop')] },
    });
    await discord.user('ana').clicks(at, 'Stop').acknowledged();
    expect(discord.transcript('#dev')).toBe('#dev\n14:00 Shellbox  stopped by do Stop (edited)');
    expect(() => discord.user('ana').clicks(at, 'Stop')).toThrow('sees no [Stop]');
  });

  it('gives what somebody forges to the app as it is', async () => {
    const seen = Promise.withResolvers<unknown>();
    bot.client.once('raw', (packet: { t: string }) => seen.resolve(packet.t));
    discord.user('mallory').forges('NONSENSE_CREATE', { id: 'no snowflake' });
    expect(await seen.promise).toBe('NONSENSE_CREATE');
  });
});
