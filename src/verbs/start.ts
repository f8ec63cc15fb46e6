// start: everything in one process, on the embedded database and Redis unless URLs name others.
import { once } from 'node:events';
import { fingerprintOf } from '../accounts/keys.ts';
import { knownHostsLine } from '../boxes/card.ts';
import { secretTexts } from '../config/secret-texts.ts';
import type { Config } from '../config.ts';
import { messageForOperators } from '../errors.ts';
import { createLogger } from '../log.ts';
import { adminCode } from '../store/admin-code.ts';
import { quarantineOf } from '../store/quarantine.ts';
import { migrateDatabase } from './database-errors.ts';
import { emailLine, emailWarnings } from './email-line.ts';
import { removeRecord, writeRecord } from './record.ts';
import { type Served, serve } from './serve.ts';
import { takeServers } from './servers.ts';
import type { Run, Surroundings } from './verb.ts';
import { howToOpen, waysIn } from './ways-in.ts';

export const runStart: Run = async (_words, around) => {
  const signal = around.stopSignal();
  try {
    await run(around, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return 0;
};

async function run(around: Surroundings, signal: AbortSignal): Promise<void> {
  const { version, out } = around;
  const config = await around.config();
  const logger = createLogger({ level: config.logLevel, secrets: secretTexts(config) });
  await using stack = new AsyncDisposableStack();
  const servers = await takeServers({ config, logger, signal, stack });
  await migrateDatabase(servers.databaseUrl);
  signal.throwIfAborted();
  const served = await serve({
    config,
    servers,
    roles: ['bots', 'worker'],
    alone: servers.own,
    version,
    logger,
    stack,
  });
  const { databaseUrl, redisUrl } = servers;
  await writeRecord(config.dataDir, { pid: process.pid, databaseUrl, redisUrl });
  stack.defer(() => removeRecord(config.dataDir));
  for (const line of await summary(config, served, version)) out(line);
  tellOfProviders(served, around, signal);
  if (!signal.aborted) await once(signal, 'abort');
}

async function summary(config: Config, { services, http }: Served, version: string): Promise<string[]> {
  const { host, port } = config.ssh.reached;
  const lines = [
    `Shellbox ${version} is up.`,
    `  SSH door   ${host} port ${port}, host key ${fingerprintOf(services.doorKey.publicKey)}`,
    `  known_hosts  ${knownHostsLine({ host, port, hostKey: services.doorKey.publicKey })}`,
    ...(http.listen === undefined ? [] : [`  HTTP       http://${http.listen.host}:${http.listen.port}/healthz`]),
    ...doorLines(config),
    `  Data       ${config.dataDir}`,
    ...localWarning(config),
    ...emailWarnings(config),
  ];
  if ((await quarantineOf(services.db.tx)) !== undefined)
    lines.push('! In quarantine: nothing is made, started, stopped or removed. In half a minute:  shellbox quarantine');
  const code = await adminCode(services.db.tx, services.secrets, services.random);
  const nobody = code !== undefined && config.admins.length === 0;
  const ways = waysIn(config);
  const way = ways.find(({ isOpen }) => isOpen) ?? (nobody ? undefined : ways[0]);
  if (way === undefined) return [...lines, `Nobody can get in yet: ${howToOpen(config)}, and start again.`];
  lines.push(`First command:  ${way.typed('spinup mybox')}`);
  if (nobody) lines.push(`Nobody is an operator yet. Once, as yourself:  ${way.typed(`admin claim ${code}`)}`);
  return lines;
}

function doorLines(config: Config): string[] {
  const { slack, discord } = config;
  const mail = emailLine(config);
  const mode = slack?.appToken === undefined ? 'HTTP, at /slack/events' : 'Socket Mode';
  return [
    ...(slack === undefined ? [] : [`  Slack      ${mode}`]),
    ...(discord === undefined ? [] : ['  Discord    by its gateway']),
    ...(mail === undefined ? [] : [`  E-mail     ${mail}`]),
  ];
}

function localWarning({ slack, discord, email, ssh }: Config): string[] {
  const doors = Object.entries({ Slack: slack, Discord: discord, 'e-mail': email }).flatMap(([name, door]) =>
    door === undefined ? [] : [name],
  );
  if (ssh.reached.isPublic || doors.length === 0) return [];
  return [`! People in ${doors.join(' and ')} are shown addresses of this machine only: set SSH_PUBLIC_HOST.`];
}

/** The service runs without its provider, too; who looks at the terminal should know at once that no box can be made. */
function tellOfProviders({ services }: Served, { out }: Surroundings, signal: AbortSignal): void {
  for (const provider of services.providers.values()) {
    services.preparation.ready(provider, signal).catch((error: unknown) => {
      if (!signal.aborted)
        out(`✗ ${provider.title} is not ready, so no box can be made: ${messageForOperators(error)}`);
    });
  }
}
