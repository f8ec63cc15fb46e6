// The house under sustained load: its platforms in this process, bots and worker as processes of their own, everything taken away again.
import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { startEmbedded } from '../src/embedded/embedded.ts';
import { createLogger } from '../src/log.ts';
import { secret } from '../src/secret.ts';
import { migrate } from '../src/store/migrate.ts';
import { MANIFEST } from '../test/bots/slack/open-door.ts';
import { type Chat, startChat } from '../test/fakes/chat.ts';
import { type FakeDiscord, openDiscord } from '../test/fakes/discord/discord.ts';
import { startMailbox } from '../test/fakes/mailbox.ts';
import { createSeededCloud } from '../test/fakes/seeded-provider.ts';
import { serveSeededCloud } from '../test/fakes/seeded-server.ts';
import { type FakeSlack, openSlack } from '../test/fakes/slack/slack.ts';
import { freePort } from '../test/support/free-port.ts';
import { freshPlace, NODE_OPTIONS, type ServiceProcess, serviceProcess } from './private-service.ts';
import type { SustainedMessage, SustainedSettings } from './sustained-service.ts';

const PROGRAM = fileURLToPath(new URL('sustained-service.ts', import.meta.url));
const START_MS = 60_000;
const CONNECT_MS = 20_000;
/** The platforms take so many times what they would, because in them a few channels stand for many. */
const TIMES_FASTER = 20;

export interface SustainedHouse {
  chat: Chat;
  slack: FakeSlack;
  discord: FakeDiscord;
  sshPort: number;
  smtpPort: number;
  /** Of the SSH door. */
  hostKey: string;
  processes: Readonly<Record<'bots' | 'worker', ServiceProcess>>;
  /** When each SSH command of that text by that key was written down, in order; wall-clock milliseconds. */
  written(subject: string, text: string): readonly number[];
  sql<T extends object>(text: string, values?: unknown[]): Promise<T[]>;
}

/** `channels`: one of each platform is made for each of these names; people have to be there before. */
export async function openSustainedHouse(stack: AsyncDisposableStack): Promise<SustainedHouse> {
  const place = await freshPlace();
  stack.defer(() => rm(place.dataDir, { recursive: true, force: true }));
  const logger = createLogger({ level: 'warn', secrets: [] });
  const embedded = await startEmbedded({
    dataDir: place.dataDir,
    logger,
    signal: AbortSignal.timeout(START_MS),
  });
  stack.defer(() => embedded.stop());
  await migrate(secret(embedded.databaseUrl));
  const cloud = createSeededCloud({ seed: 1 });
  const server = await serveSeededCloud(cloud);
  stack.defer(() => server.close());
  const mailbox = await startMailbox();
  stack.defer(() => mailbox.close());
  const inbound: string[] = [];
  const chat = await startChat(() => inbound, new AbortController().signal);
  stack.defer(() => chat.close());
  const slack = await openSlack({ ...MANIFEST, timesFaster: TIMES_FASTER });
  stack.defer(() => slack.close());
  const discord = await openDiscord({ messagesPerWindow: 5 * TIMES_FASTER });
  stack.defer(() => discord.close());
  const database = new Client({ connectionString: embedded.databaseUrl });
  await database.connect();
  stack.defer(() => database.end());

  const written = new Map<string, number[]>();
  const shared = {
    databaseUrl: embedded.databaseUrl,
    redisUrl: embedded.redisUrl,
    cloud: server.url,
    chat: chat.url,
    sshPort: place.port,
    smtpPort: await freePort(),
    mailbox: mailbox.url,
    slack: {
      apiUrl: slack.apiUrl,
      botToken: slack.app.botToken,
      signingSecret: slack.app.signingSecret,
      everyMs: 1000 / TIMES_FASTER,
    },
    discord: { apiUrl: discord.apiUrl, token: discord.app.token, applicationId: discord.app.id },
  };

  async function launch(role: SustainedSettings['role']) {
    const settings: SustainedSettings = { ...shared, role };
    const argv = [...NODE_OPTIONS, PROGRAM, JSON.stringify(settings)];
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const becoming = Promise.withResolvers<Extract<SustainedMessage, { kind: 'ready' }>>();
    child.on('message', (message: SustainedMessage) => {
      if (message.kind === 'ready') return becoming.resolve(message);
      const key = `${message.subject} ${message.text}`;
      const known = written.get(key);
      if (known === undefined) written.set(key, [message.at]);
      else known.push(message.at);
    });
    const running = serviceProcess(child);
    stack.defer(() => running.end());
    return { running, ready: await running.ready(becoming.promise) };
  }

  const worker = await launch('worker');
  const bots = await launch('bots');
  inbound.push(bots.ready.inbound);
  slack.deliverTo([bots.ready.events]);
  await discord.gateway.connected(1, AbortSignal.timeout(CONNECT_MS));
  return {
    chat,
    slack,
    discord,
    sshPort: place.port,
    smtpPort: shared.smtpPort,
    hostKey: bots.ready.hostKey,
    processes: { bots: bots.running, worker: worker.running },
    written: (subject, text) => written.get(`${subject} ${text}`) ?? [],
    sql: async <T extends object>(text: string, values: unknown[] = []) => (await database.query<T>(text, values)).rows,
  };
}
