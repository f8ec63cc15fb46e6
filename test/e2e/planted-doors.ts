// Every door's platform on loopback, and an environment in which every variable that holds a secret holds one that is recognisable.
import { MANIFEST } from '../bots/slack/open-door.ts';
import { type FakeDiscord, openDiscord } from '../fakes/discord/discord.ts';
import { startDns } from '../fakes/dns.ts';
import { type Mailbox, startMailbox } from '../fakes/mailbox.ts';
import { type FakeSlack, openSlack } from '../fakes/slack/slack.ts';
import { formsOf } from '../support/leaks.ts';
import { type GuardedServers, startGuardedServers } from './guarded-servers.ts';

const MADE_UP = {
  database: 'planted-database-5f1c',
  redis: 'planted-redis-a94e',
  key: Buffer.alloc(32, 'planted-key-77').toString('base64'),
  inbound: 'planted-inbound-secret-0c2e',
  smtp: 'planted-smtp-e177',
};

export interface PlantedDoors {
  servers: GuardedServers;
  slack: FakeSlack;
  discord: FakeDiscord;
  mailbox: Mailbox;
  /** By the name of what it opens. */
  planted: Readonly<Record<string, string>>;
  environment: Readonly<Record<string, string>>;
  /** Names of the planted secrets that a text holds, in any form. */
  leaksIn(text: string): string[];
  close(): Promise<void>;
}

export async function openPlantedDoors(): Promise<PlantedDoors> {
  await using opened = new AsyncDisposableStack();
  const servers = await startGuardedServers(MADE_UP);
  opened.defer(() => servers.stop());
  const slack = await openSlack({ ...MANIFEST, socketMode: true, postBurst: 20, timesFaster: 5 });
  opened.defer(() => slack.close());
  const discord = await openDiscord({ messagesPerWindow: 50 });
  opened.defer(() => discord.close());
  const mailbox = await startMailbox({ login: { user: 'shellbox', password: MADE_UP.smtp } });
  opened.defer(() => mailbox.close());
  const dns = await startDns({});
  opened.defer(() => dns.close());
  const { botToken, signingSecret, appToken } = slack.app;
  const planted = { ...MADE_UP, botToken, signingSecret, appToken, discord: discord.app.token };
  const forms = Object.entries(planted).map(([name, text]) => [name, formsOf(text)] as const);
  const closing = opened.move();
  return {
    servers,
    slack,
    discord,
    mailbox,
    planted,
    environment: {
      DATABASE_URL: servers.databaseUrl,
      REDIS_URL: servers.redisUrl,
      SHELLBOX_SECRET_KEY: MADE_UP.key,
      SLACK_BOT_TOKEN: botToken,
      SLACK_SIGNING_SECRET: signingSecret,
      SLACK_APP_TOKEN: appToken,
      SLACK_API_URL: slack.apiUrl,
      DISCORD_TOKEN: discord.app.token,
      DISCORD_APPLICATION_ID: discord.app.id,
      DISCORD_API_URL: discord.apiUrl,
      DISCORD_SIGNUP: 'open',
      EMAIL_ADDRESS: 'box@acme.dev',
      EMAIL_INBOUND_SECRET: MADE_UP.inbound,
      EMAIL_ALLOW_UNAUTHENTICATED: 'true',
      EMAIL_SIGNUP: 'open',
      SMTP_URL: mailbox.url,
      DNS_SERVERS: dns.address,
      LOG_LEVEL: 'debug',
    },
    leaksIn: (text) => forms.flatMap(([name, all]) => (all.some((form) => text.includes(form)) ? [name] : [])),
    close: () => closing.disposeAsync(),
  };
}
