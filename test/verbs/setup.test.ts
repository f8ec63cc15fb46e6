// setup: asks door by door, tries what it was told, keeps what was there, shows no secret, and writes .env whole or not at all.
import { spawn } from 'node:child_process';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv, stripVTControlCharacters } from 'node:util';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { runSetup } from '../../src/verbs/setup.ts';
import { MANIFEST } from '../bots/slack/open-door.ts';
import { FAKE_TOKEN, openDigitalOcean } from '../fakes/cloud/digitalocean.ts';
import { openDiscord } from '../fakes/discord/discord.ts';
import { startMailbox } from '../fakes/mailbox.ts';
import { openSlack } from '../fakes/slack/slack.ts';
import { BIN, freshFolder, runProgram } from './program.ts';

let folder: string;
beforeEach(async () => {
  folder = await freshFolder();
});

const envText = () => readFile(join(folder, '.env'), 'utf8');
const env = async () => ({ ...parseEnv(await envText()) });

/** What it says to somebody who answers these questions so, and with Enter whatever else it asks. */
async function answered(...script: readonly (readonly [question: RegExp, answer: string])[]) {
  const left = [...script];
  const lines: string[] = [];
  const secrets: string[] = [];
  const status = await runSetup(
    [],
    {
      version: '0.0.0',
      cwd: folder,
      out: (line) => lines.push(line),
      err: (line) => lines.push(line),
      config: () => Promise.reject(new Error('not asked for')),
      secrets: () => [],
      stopSignal: () => AbortSignal.timeout(30_000),
      terminal: () => ({
        async ask(question, { secret = false }) {
          lines.push(question);
          if (left[0]?.[0].test(question) !== true) return '';
          const answer = left.shift()?.[1] ?? '';
          if (secret) secrets.push(answer);
          return answer;
        },
      }),
    },
    {},
  );
  expect(left).toEqual([]);
  const said = lines.join('\n');
  for (const each of secrets.filter((text) => text.length > 1)) expect(said).not.toContain(each);
  return { status, said, secrets };
}

async function slack() {
  const started = await openSlack({ ...MANIFEST, socketMode: true });
  onTestFinished(() => started.close());
  return started;
}

describe('setup', { timeout: 30_000 }, () => {
  test('writes what it was told of every door, tried live, and no other line changes', async () => {
    const [workspace, discord, mailbox] = [await slack(), await openDiscord(), await startMailbox()];
    onTestFinished(() => discord.close());
    onTestFinished(() => mailbox.close());
    const smtp = mailbox.url.replace('://', '://box:correct-horse@');
    const kept = `# ours\nSLACK_API_URL=${workspace.apiUrl}\nDISCORD_API_URL=${discord.apiUrl}\nDNS_SERVERS=127.0.0.1:1\n`;
    await writeFile(join(folder, '.env'), kept);
    await chmod(join(folder, '.env'), 0o644);
    const { status, said, secrets } = await answered(
      [/Where it listens/, '0.0.0.0:2222'],
      [/name by which people/, 'box.example.org'],
      [/Operators/, 'ssh:SHA256:nope'],
      [/Operators/, `ssh:SHA256:${'a'.repeat(43)}`],
      [/Slack: set it up/, 'y'],
      [/Bot User OAuth Token/, workspace.app.botToken],
      [/App-level token/, workspace.app.appToken],
      [/Discord: set it up/, 'y'],
      [/Application ID/, discord.app.id],
      [/Token of the bot/, discord.app.token],
      [/E-mail: set it up/, 'y'],
      [/address people write to/, 'box@example.org'],
      [/SMTP, smtp:/, smtp],
      [/"keep" keeps/, 'keep'], // DNS does not answer here
    );
    expect(status).toBe(0);
    expect(secrets).toEqual([workspace.app.botToken, workspace.app.appToken, discord.app.token, smtp]);
    expect(said).toContain('✓ Slack: workspace acme, Socket Mode');
    expect(said).toContain('✓ Discord: in acme');
    expect(said).toMatch(/✓ E-mail: the SMTP server at 127.0.0.1 port \d+ answers and lets us in/);
    expect(said).toContain('✗ SHELLBOX_ADMINS: give identities');
    expect(said).toMatch(
      /Next: {2}shellbox start[\s\S]*\/invite @shellbox[\s\S]*discord invite[\s\S]*doctor --send-test/,
    );
    expect((await envText()).startsWith(kept)).toBe(true);
    expect(await env()).toMatchObject({
      SSH_LISTEN: '0.0.0.0:2222',
      SSH_SIGNUP: 'closed',
      SHELLBOX_ADMINS: `ssh:SHA256:${'a'.repeat(43)}`,
      SLACK_APP_TOKEN: workspace.app.appToken,
      DISCORD_TOKEN: discord.app.token,
      EMAIL_INBOUND_SECRET: expect.stringMatching(/^[0-9a-f]{48}$/),
      SMTP_URL: smtp,
    });
    expect(said).not.toContain((await env()).EMAIL_INBOUND_SECRET);
    expect((await stat(join(folder, '.env'))).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['.env']);
  });

  test('asks again for a token that the platform does not take, and can leave a door as it was', async () => {
    const workspace = await slack();
    await writeFile(join(folder, '.env'), `SLACK_API_URL=${workspace.apiUrl}\nLOG_LEVEL=warn\n`);
    const again = await answered(
      [/Slack: set it up/, 'yes'],
      [/Bot User OAuth Token: /, 'xoxb-wrong-0001'],
      [/App-level token/, workspace.app.appToken],
      [/"keep" keeps/, ''],
      [/Bot User OAuth Token \[set\]: /, workspace.app.botToken],
    );
    expect(again.said).toMatch(/✗ Slack does not take the bot's token[\s\S]*✓ Slack: workspace acme/);
    expect(await env()).toMatchObject({ SLACK_BOT_TOKEN: workspace.app.botToken, LOG_LEVEL: 'warn' });
    const before = await envText();
    await answered(
      [/Slack: set\. Change it\?/, 'y'],
      [/Bot User OAuth Token \[set\]: /, 'xoxb-wrong-0002'],
      [/"keep" keeps/, 'leave'],
    );
    expect(await envText()).toBe(before);
    await answered([/Slack: set\. Change it\?/, 'off']);
    expect(await env()).toEqual({
      SLACK_API_URL: workspace.apiUrl,
      LOG_LEVEL: 'warn',
      SSH_LISTEN: '127.0.0.1:2222',
      SSH_SIGNUP: 'closed',
    });
  });

  test('asks where boxes run, and for the log-in of that cloud alone, which is tried', async () => {
    const vendor = await openDigitalOcean();
    onTestFinished(() => vendor.close());
    await writeFile(join(folder, '.env'), `DIGITALOCEAN_API_URL=${vendor.url}\n`);
    const { said, secrets } = await answered(
      [/Where boxes run: set it up/, 'y'],
      [/Where boxes run unasked/, 'digitalocean'],
      [/Token of DigitalOcean: /, 'dop_v1_of_nobody'],
      [/"keep" keeps/, ''],
      [/Where boxes run unasked/, 'mars'],
      [/"keep" keeps/, ''],
      [/Where boxes run unasked/, 'digitalocean'],
      [/Token of DigitalOcean \[set\]: /, FAKE_TOKEN],
    );
    expect(secrets).toEqual(['dop_v1_of_nobody', FAKE_TOKEN]);
    expect(said).toMatch(/✗ DigitalOcean does not accept the token[\s\S]*✗ [\s\S]*PROVIDER: this version knows/);
    expect(said).toMatch(/✓ DigitalOcean: 0 of \d+ droplets in use\n✓ DigitalOcean: regions fra1, ams3, nyc3/);
    expect(said).toContain('docs/providers.md');
    expect(said).not.toContain('OVH');
    expect(await env()).toMatchObject({ PROVIDER: 'digitalocean', DIGITALOCEAN_TOKEN: FAKE_TOKEN });
  });

  test('--check tries what is set without asking, and a token that is no longer taken ends it with 1', async () => {
    const workspace = await slack();
    const tokens = `SLACK_BOT_TOKEN=${workspace.app.botToken}\nSLACK_APP_TOKEN=${workspace.app.appToken}\n`;
    await writeFile(join(folder, '.env'), `SLACK_API_URL=${workspace.apiUrl}\nSSH_SIGNUP=open\n${tokens}`);
    expect(await runProgram(folder, ['setup', '--check'])).toMatchObject({
      status: 0,
      out: expect.stringContaining('✓ Slack: workspace acme'),
    });
    workspace.app.revoked = true;
    expect((await runProgram(folder, ['setup', '--check'])).status).toBe(1);
  });

  test('without a terminal it says what to do instead, and writes nothing', async () => {
    const { status, err } = await runProgram(folder, ['setup']);
    expect({ status, err }).toMatchObject({ status: 2, err: expect.stringContaining('shellbox setup --check') });
    expect(await readdir(folder)).toEqual([]);
  });

  test('at a terminal nothing secret shows while it is typed, and Ctrl-C leaves the file as it was', async () => {
    await writeFile(join(folder, '.env'), 'SLACK_API_URL=http://127.0.0.1:1/api/\n');
    const screen = atTerminal();
    for (const [question, typed] of [
      ['Where it listens', ''],
      ['The name by which', 'box.example.org'],
      ['by the first command', ''],
      ['Operators', ''],
      ['Slack: set it up', 'y'],
      ['Bot User OAuth Token', 'xoxb-very-secret'],
      ['App-level token', '\u0003'],
    ] as const)
      await screen.answer(question, typed);
    const { status, shown } = await screen.ended;
    expect(shown).toContain('box.example.org');
    expect(shown).not.toContain('very-secret');
    expect(shown).toContain('nothing was changed');
    expect(status).toBe(1);
    expect(await envText()).toBe('SLACK_API_URL=http://127.0.0.1:1/api/\n');
    expect(await readdir(folder)).toEqual(['.env']);
  });
});

/** The program at a pseudo-terminal. */
function atTerminal() {
  const line = `cd ${folder} && exec env -i PATH=/usr/bin:/bin TERM=dumb ${BIN} setup`;
  const child = spawn('/usr/bin/script', ['-qefc', line, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let shown = '';
  const looks = new Set<() => void>();
  child.stdout.on('data', (data: Buffer) => {
    shown += data;
    for (const look of looks) look();
  });
  const ended = new Promise<{ status: number | null; shown: string }>((resolve) =>
    child.once('close', (status) => resolve({ status, shown })),
  );
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return {
    ended,
    /** Waits for the question, then types. */
    async answer(question: string, typed: string): Promise<void> {
      await new Promise<void>((resolve, reject) => {
        const look = () => shown.includes(question) && /[:\]] $/.test(stripVTControlCharacters(shown)) && resolve();
        looks.add(look);
        look();
        void ended.then(() => reject(new Error(`ended before "${question}": ${shown}`)));
      });
      child.stdin.write(typed === '\u0003' ? typed : `${typed}\r`);
    },
  };
}
