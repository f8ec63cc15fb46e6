// One bots or worker process for the sustained load, composed as the program composes it: every door, over the simulated cloud.
// node bench/sustained-service.ts <settings as JSON>; tells its parent when it is ready, and when an SSH command is written down.
import { z } from 'zod';
import type { Door } from '../src/bots/door.ts';
import { createDropped } from '../src/bots/email/dropped.ts';
import { createEmailDoor } from '../src/bots/email/email.ts';
import { createSmtpTransport } from '../src/bots/email/smtp-transport.ts';
import { EVENTS_PATH } from '../src/bots/slack/slack.ts';
import { generateHostKey } from '../src/bots/ssh/host-keys.ts';
import { startBotsRole } from '../src/roles/bots.ts';
import { type HouseServices, openHouse } from '../src/roles/house.ts';
import { openSshDoor } from '../src/roles/ssh-door.ts';
import { TIMINGS } from '../src/roles/timings.ts';
import { understands } from '../src/roles/understands.ts';
import { startWorkerRole } from '../src/roles/worker.ts';
import { secret } from '../src/secret.ts';
import { createChatDoor } from '../test/fakes/chat-door.ts';
import { createSeededClient } from '../test/fakes/seeded-client.ts';
import { discordDoor, houseSettings, serveHooks, slackDoor } from '../test/fakes/service.ts';
import { watchDoor } from './watched-door.ts';

const settingsSchema = z.object({
  role: z.enum(['bots', 'worker']),
  databaseUrl: z.string(),
  redisUrl: z.string(),
  cloud: z.string(),
  chat: z.string(),
  sshPort: z.number(),
  smtpPort: z.number(),
  /** Where answers by mail go. */
  mailbox: z.string(),
  slack: z.object({ apiUrl: z.string(), botToken: z.string(), signingSecret: z.string(), everyMs: z.number() }),
  discord: z.object({ apiUrl: z.string(), token: z.string(), applicationId: z.string() }),
});
export type SustainedSettings = z.infer<typeof settingsSchema>;

export type SustainedMessage =
  | { kind: 'ready'; hostKey: string; inbound: string; events: string }
  /** By the wall clock, milliseconds with fractions. */
  | { kind: 'written'; subject: string; text: string; at: number };

export const ADDRESS = 'box@acme.dev';
const HOST = '127.0.0.1';

function emailDoor({ smtpPort, mailbox }: SustainedSettings, { logger, now, secrets }: HouseServices): Door {
  return createEmailDoor({
    address: ADDRESS,
    inbound: undefined,
    // From one network that is not trusted fewer would be taken at a time.
    smtp: { listen: { host: HOST, port: smtpPort }, trusted: [HOST], certificate: undefined },
    transport: createSmtpTransport({ url: secret(mailbox) }),
    tokenSecret: secrets.hash('tokens'),
    understands,
    allowUnauthenticated: true,
    resolve: async () => [],
    timeZone: 'UTC',
    now,
    retainDays: 90,
    dropped: createDropped({ count: () => undefined, record: async () => undefined, now, logger }),
    held: () => {},
    logger,
  });
}

function tell(message: SustainedMessage): void {
  process.send?.(message);
}

async function serve(settings: SustainedSettings): Promise<() => Promise<void>> {
  const services = await openHouse({
    ...houseSettings({ ...settings, log: 'warn' }),
    timings: TIMINGS,
    newKeyPair: generateHostKey,
    ssh: { host: HOST, port: settings.sshPort, isPublic: false },
    providers: () => [createSeededClient(settings.cloud)],
  });
  if (settings.role === 'worker') {
    const worker = await startWorkerRole(services);
    tell({ kind: 'ready', hostKey: '', inbound: '', events: '' });
    return async () => {
      await worker.stop();
      await services.close();
    };
  }
  const ssh = openSshDoor(services, { host: HOST, port: settings.sshPort });
  const chat = createChatDoor(settings.chat);
  const slack = slackDoor(settings.slack, services);
  const watched = watchDoor(ssh.door, ({ speaker, text }, at) =>
    tell({ kind: 'written', subject: speaker.subject, text, at }),
  );
  const doors = [watched, chat, slack, discordDoor(settings.discord, services), emailDoor(settings, services)];
  const bots = await startBotsRole(services, { doors, signUp: { mayJoin: () => true } });
  const http = await serveHooks(slack, services.logger);
  const events = `http://${HOST}:${http.listen?.port}${EVENTS_PATH}`;
  tell({ kind: 'ready', hostKey: ssh.door.hostPublicKey, inbound: chat.inbound(), events });
  return async () => {
    await http.close();
    await bots.stop();
    await ssh.close();
    await services.close();
  };
}

if (import.meta.main) {
  const stop = await serve(settingsSchema.parse(JSON.parse(process.argv[2] ?? '{}')));
  // Its parent is gone, and with it everything it could talk to.
  process.once('disconnect', () => process.exit(1));
  process.once('SIGTERM', () => void stop().then(() => process.exit(0)));
}
